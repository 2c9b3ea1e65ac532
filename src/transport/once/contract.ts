/** A request that must not arrive twice, in the plain values that every `fetch` takes. */
export interface OnceInit {
  readonly method: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: string | undefined;
  readonly redirect: "manual";
  readonly signal: AbortSignal;
}

/** How a request ended that was sent once. */
export type OnceOutcome =
  | { readonly response: Response }
  | {
      readonly error: unknown;
      /** Whether the request certainly stayed here; left out where only the error itself can tell. */
      readonly neverSent?: boolean;
    };

/**
 * What `#once` is on every runtime. The package's `imports` choose the module by the runtime's condition, so nothing
 * here asks at run time where it is, and no bundle for the edge holds a word of `node:`.
 */
export interface OnceModule {
  /** Sends a request so that this runtime cannot repeat it, where there is a way. Never rejects. */
  sendOnce(url: string, init: OnceInit): Promise<OnceOutcome>;
  /** What to tell a `fetch` of the caller's own, beside the request, so that the runtime's own below it sends once. */
  readonly onceInit: { readonly keepalive?: boolean };
  /** Whether a start arrives once here, with a `fetch` of the caller's own or without. */
  startsOnce(ownFetch: boolean): boolean;
  /**
   * Whether this runtime's `fetch` may repeat a request unseen, so that an error it throws is that of the last attempt
   * and proves nothing about the first.
   */
  readonly hidesAttempts: boolean;
}
