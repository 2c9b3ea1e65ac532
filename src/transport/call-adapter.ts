import type { Connection } from "../connection.js";
import { ownProperties } from "../model/own-properties.js";
import type { ProviderContext } from "../spec/context.js";
import { exchange, judgeRefusal } from "./exchange.js";
import type { OperationScope } from "./operation-scope.js";
import { runWatched } from "./watchdog.js";

/** Has a function of the adapter's do one operation. */
export function callAdapter<T>(
  connection: Connection,
  scope: OperationScope,
  what: "start" | "poll" | "locate" | "fetchPage",
  call: (context: ProviderContext) => T | Promise<T>,
): Promise<T> {
  return runWatched(connection, scope, what, createContext(connection, scope), call);
}

/** What an adapter's function gets to do one operation with. */
export function createContext(connection: Connection, scope: OperationScope): ProviderContext {
  return {
    connection: connection.name,
    now: () => connection.now(),
    async request(asked) {
      const request = ownProperties(asked);
      return request.authorize === false
        ? exchange(connection, request, credentials(scope), undefined)
        : exchange(connection, request, scope, signingContext(connection, scope));
    },
    failure: (response) => judgeRefusal(connection, response, scope),
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

/**
 * What the adapter's `authorize` gets for the requests of an operation. Those that it makes are repeated together with the
 * one that they are for: one budget, not its square.
 */
export function signingContext(connection: Connection, scope: OperationScope): ProviderContext {
  return createContext(connection, { ...scope, retries: 0 });
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
