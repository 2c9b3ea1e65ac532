import type { Connection } from "../connection.js";
import { ExportError } from "../model/errors.js";
import type { ProviderContext } from "../spec/context.js";
import type { OperationScope } from "./operation-scope.js";

/** What a start may have left behind at the provider. */
interface Doubts {
  /** Whether something may have been started. */
  readonly exist: boolean;
  /** Whether an error says all there is to say of that. */
  areSettledBy(error: unknown): boolean;
}

/** A function that is watched. */
interface Watched {
  /** Its name in the provider, for errors. */
  readonly name: "authorize" | "start" | "poll" | "locate" | "fetchPage";
  readonly context: ProviderContext;
  /** Of a start. */
  readonly doubts?: Doubts | undefined;
}

/**
 * Runs a function of somebody else's, an adapter's or one that a caller gave to it, which may never come to an end:
 * requests have timers of their own, and what it does beside them gets `timeouts.requestMs` at a stretch. It knows no
 * signal either, so the caller's ends it here.
 *
 * @param call - gets the context, with its requests watched for, and what is given
 */
export async function runWatched<Given extends readonly unknown[], T>(
  connection: Connection,
  scope: OperationScope,
  { name, context, doubts }: Watched,
  call: (context: ProviderContext, ...given: Given) => T | Promise<T>,
  ...given: Given
): Promise<T> {
  const { clock, timeouts } = connection.settings;
  const { operation, job, signal } = scope;
  let running = 0;
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
    const message = `the ${name} function of ${connection.provider.name} did not finish within ${timeouts.requestMs} ms`;
    const details = { unanswered: name };
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
      if (ended) throw new Error(`the ${name} call that makes this request has ended`);
      running += 1;
      stopTimer();
      try {
        return await context.request(request);
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
    // What it throws at once comes behind what ended it.
    return await (ended ? givenUp : Promise.race([givenUp, (async () => call(watched, ...given))()]));
  } catch (error) {
    if (!doubts || doubts.areSettledBy(error)) throw error;
    const words = ExportError.isInstance(error) ? `: ${error.message}` : "";
    throw context.invalidResponse(
      `the ${name} function of ${connection.provider.name} failed${words}`,
      error,
    );
  } finally {
    ended = true;
    stopTimer();
    signal?.removeEventListener("abort", onAbort);
  }
}
