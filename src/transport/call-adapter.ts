import { ownProperties } from "../model/own-properties.js";
import type { ProviderContext } from "../spec/context.js";
import type { Connection } from "./connection.js";
import type { OperationScope } from "./operation-scope.js";

/**
 * Runs a function of somebody else's, an adapter's or one that a caller gave to it, which may never come to an end:
 * requests have timers of their own, and what it does beside them gets `timeouts.requestMs` at a stretch. It knows no
 * signal either, so the caller's ends it here.
 *
 * @param what - the function's name in the provider, for the error
 */
export async function callAdapter<T>(
  connection: Connection,
  context: ProviderContext,
  scope: OperationScope,
  what: "authorize" | "start" | "poll" | "locate" | "fetchPage",
  call: (context: ProviderContext) => T | Promise<T>,
): Promise<T> {
  const { clock, timeouts } = connection.settings;
  const { operation, job, signal } = scope;
  let running = 0;
  let started = false;
  let ended = false;
  let stopTimer = () => {};
  let giveUp: (reason: unknown) => void = () => {};
  const givenUp = new Promise<never>((_, reject) => {
    giveUp = reject;
  });

  function watch(): void {
    if (!ended) stopTimer = clock.setTimer(timeouts.requestMs, onTime);
  }
  function onTime(): void {
    const message = `the ${what} function of ${connection.provider.name} did not come to an end within ${timeouts.requestMs} ms`;
    const details = { unanswered: what };
    giveUp(
      started
        ? context.invalidResponse(message)
        : connection.error("TIMEOUT", message, { operation, job, retryable: true, details }),
    );
  }
  function onAbort(): void {
    // A request under way hears of it by itself, and the job of a start that was sent is waited for.
    if (running === 0 && !started) giveUp(signal?.reason);
  }
  const watched: ProviderContext = {
    ...context,
    async request(request) {
      running += 1;
      stopTimer();
      try {
        const response = await context.request(request);
        if (scope.safety === "once" && ownProperties(request).authorize !== false) started = true;
        return response;
      } finally {
        running -= 1;
        if (running === 0) watch();
      }
    },
  };

  watch();
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    return await Promise.race([givenUp, call(watched)]);
  } finally {
    ended = true;
    stopTimer();
    signal?.removeEventListener("abort", onAbort);
  }
}
