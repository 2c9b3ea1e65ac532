import type { Connection } from "../connection.js";
import { ExportError } from "../model/errors.js";
import { ownProperties } from "../model/own-properties.js";
import type { ProviderContext } from "../spec/context.js";
import type { OperationScope } from "./operation-scope.js";
import { StartDoubts } from "./start-doubts.js";

/**
 * Runs a function of somebody else's, an adapter's or one that a caller gave to it, which may never come to an end:
 * requests have timers of their own, and what it does beside them gets `timeouts.requestMs` at a stretch. It knows no
 * signal either, so the caller's ends it here.
 *
 * @param what - the function's name in the provider, for the error
 * @param context - what it gets; its requests are watched for
 */
export async function runWatched<T>(
  connection: Connection,
  scope: OperationScope,
  what: "authorize" | "start" | "poll" | "locate" | "fetchPage",
  context: ProviderContext,
  call: (context: ProviderContext) => T | Promise<T>,
): Promise<T> {
  const { clock, timeouts } = connection.settings;
  const { operation, job, signal } = scope;
  let running = 0;
  const doubts = scope.safety === "once" ? new StartDoubts(connection) : undefined;
  let ended = false;
  let stopTimer = () => {};
  let giveUp: (reason: unknown) => void = () => {};
  const givenUp = new Promise<never>((_, reject) => {
    giveUp = (reason) => {
      ended = true;
      reject(reason);
    };
  });
  // What it does before anything waits for it may end it.
  givenUp.catch(() => {});

  function watch(): void {
    if (!ended) stopTimer = clock.setTimer(timeouts.requestMs, onTime);
  }
  function onTime(): void {
    const message = `the ${what} function of ${connection.provider.name} did not finish within ${timeouts.requestMs} ms`;
    const details = { unanswered: what };
    giveUp(
      doubts?.exist
        ? context.invalidResponse(message)
        : connection.error("TIMEOUT", message, { operation, job, retryable: true, details }),
    );
  }
  function onAbort(): void {
    // A request under way hears of it by itself, and the job of a start that was sent is waited for.
    if (running === 0 && !doubts?.exist) giveUp(signal?.reason);
  }
  const watched: ProviderContext = {
    ...context,
    async request(request) {
      // What the caller was told holds: an adapter that works on sends nothing any more.
      if (ended) throw new Error(`the ${what} call that makes this request is over`);
      running += 1;
      stopTimer();
      try {
        const ask = () => context.request(request);
        // What is not authorized is for credentials.
        return await (doubts && ownProperties(request).authorize !== false ? doubts.send(ask) : ask());
      } finally {
        running -= 1;
        if (running === 0) watch();
      }
    },
    failure(response) {
      const failure = context.failure(response);
      return doubts?.judge(response, failure) ?? failure;
    },
  };

  watch();
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    return await (ended ? givenUp : Promise.race([givenUp, call(watched)]));
  } catch (error) {
    if (!doubts || doubts.areSettledBy(error)) throw error;
    const words = ExportError.isInstance(error) ? `: ${error.message}` : "";
    throw context.invalidResponse(
      `the ${what} function of ${connection.provider.name} failed${words}`,
      error,
    );
  } finally {
    ended = true;
    stopTimer();
    signal?.removeEventListener("abort", onAbort);
  }
}
