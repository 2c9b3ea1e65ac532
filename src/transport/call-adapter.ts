import type { Connection } from "../connection.js";
import { ExportError } from "../model/errors.js";
import { ownProperties } from "../model/own-properties.js";
import type { ProviderContext } from "../spec/context.js";
import type { RequestAttempt } from "../spec/http.js";
import type { AuthorizationHeaders } from "../spec/provider.js";
import { exchange } from "./exchange.js";
import { failureOf } from "./failure.js";
import type { OperationScope } from "./operation-scope.js";

/**
 * Runs a function of somebody else's, an adapter's or one that a caller gave to it, which may never come to an end:
 * requests have timers of their own, and what it does beside them gets `timeouts.requestMs` at a stretch. It knows no
 * signal either, so the caller's ends it here.
 *
 * @param what - the function's name in the provider, for the error
 * @param context - what it gets; default that of the scope
 */
export async function callAdapter<T>(
  connection: Connection,
  scope: OperationScope,
  what: "authorize" | "start" | "poll" | "locate" | "fetchPage",
  call: (context: ProviderContext) => T | Promise<T>,
  context = createContext(connection, scope),
): Promise<T> {
  const { clock, timeouts } = connection.settings;
  const { operation, job, signal } = scope;
  let running = 0;
  let started = false;
  let ended = false;
  let stopTimer = () => {};
  let giveUp: (reason: unknown) => void = () => {};
  const givenUp = new Promise<never>((_, reject) => {
    giveUp = (reason) => {
      ended = true;
      reject(reason);
    };
  });

  function watch(): void {
    if (!ended) stopTimer = clock.setTimer(timeouts.requestMs, onTime);
  }
  function onTime(): void {
    const message = `the ${what} function of ${connection.provider.name} did not finish within ${timeouts.requestMs} ms`;
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
      // What the caller was told holds: an adapter that works on sends nothing any more.
      if (ended) throw new Error(`the ${what} call that makes this request is over`);
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
  } catch (error) {
    if (!started || ExportError.isInstance(error)) throw error;
    throw context.invalidResponse(`the ${what} function of ${connection.provider.name} failed`, error);
  } finally {
    ended = true;
    stopTimer();
    signal?.removeEventListener("abort", onAbort);
  }
}

/** What an adapter's function gets to do one operation with. */
export function createContext(connection: Connection, scope: OperationScope): ProviderContext {
  return {
    connection: connection.name,
    now: () => connection.now(),
    async request(asked) {
      const request = ownProperties(asked);
      return exchange(
        connection,
        request,
        request.authorize === false ? credentials(scope) : scope,
        (attempt) => authorize(connection, scope, attempt),
      );
    },
    failure: (response) => failureOf(connection, response, scope),
    invalidResponse: (message, cause) =>
      connection.error(
        scope.safety === "once" ? "START_OUTCOME_UNKNOWN" : "RESPONSE_INVALID",
        scope.safety === "once"
          ? `${message}. An export may have been started; look in the provider's console before starting another`
          : message,
        // A proxy may have answered in the provider's place, so asking again is worth it where it does no harm.
        { operation: scope.operation, job: scope.job, retryable: scope.safety === "safe", cause },
      ),
  };
}

/** A request for credentials starts nothing, so it may be repeated even on the way to a start. */
function credentials(scope: OperationScope): OperationScope {
  return {
    ...scope,
    operation: "authorize",
    safety: "safe",
    attempts: undefined,
    received: undefined,
    page: undefined,
  };
}

/** Has the adapter's own function authorize one attempt of an operation's requests. */
export function authorize(
  connection: Connection,
  scope: OperationScope,
  attempt: RequestAttempt,
): Promise<AuthorizationHeaders | undefined> {
  const { job, signal } = scope;
  return callAdapter(
    connection,
    { operation: "authorize", safety: "safe", signal, job },
    "authorize",
    (context) => connection.provider.authorize?.(attempt, context),
    // Requests made on the way to another one are repeated together with that one: one budget, not its square.
    createContext(connection, { ...scope, retries: 0 }),
  );
}
