/** An abort controller that also follows a parent signal, until it is released. */
export interface LinkedAbort {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /** Lets go of the parent, so that a long-lived signal gathers no listeners. */
  release(): void;
}

/**
 * `AbortSignal.any` would do, but not every edge runtime has it, and it cannot be released early.
 *
 * @param follows - whether the parent is heeded at the moment when it is aborted; default always
 */
export function linkAbort(parent: AbortSignal | undefined, follows = () => true): LinkedAbort {
  const controller = new AbortController();
  const follow = () => {
    if (follows()) controller.abort(parent?.reason);
  };
  if (parent?.aborted) follow();
  else parent?.addEventListener("abort", follow, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => parent?.removeEventListener("abort", follow),
  };
}

/** Settles like `work`, unless the signal is aborted first: then it rejects with the signal's reason. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
