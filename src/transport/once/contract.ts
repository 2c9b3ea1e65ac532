/** A request that must not arrive twice, in the plain values that every `fetch` takes. */
export interface OnceInit {
  readonly method: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: string | undefined;
  readonly redirect: "manual";
  readonly signal: AbortSignal;
}

/** What is seen of a request on its way. */
export interface SendTrace {
  /** Whether anything of it may have left this machine; left out where nobody can tell. */
  left?: boolean | undefined;
  /** Whether a part of the package that sends it is being loaded. */
  loading?: boolean;
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * What `#once` is on every runtime. The package's `imports` choose the module by the runtime's condition, so nothing
 * here asks at run time where it is, and no bundle for the edge holds a word of `node:`.
 */
export interface OnceModule {
  /**
   * Sends a request so that this runtime cannot repeat it, where there is a way, and notes in `trace` whether it has
   * left. What has not left when the signal is aborted does not leave any more.
   *
   * @param ownFetch - the caller's, where it has given one: nothing but what it does itself can be told of it
   */
  sendOnce(url: string, init: OnceInit, trace: SendTrace, ownFetch?: Fetch): Promise<Response>;
  /** Whether a start arrives once here, with a `fetch` of the caller's own or without. */
  startsOnce(ownFetch: boolean): boolean;
  /**
   * Whether this runtime's `fetch` may repeat a request unseen, so that an error it throws is that of the last attempt
   * and proves nothing about the first.
   */
  readonly hidesAttempts: boolean;
  /** Whether this runtime's `fetch` unpacks nothing for whoever asks for `identity`, not even what came packed all the same. */
  readonly leavesPacked: boolean;
}
