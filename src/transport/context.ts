import { ownProperties } from "../model/own-properties.js";
import type { ProviderContext } from "../spec/context.js";
import type { Connection } from "./connection.js";
import { exchange } from "./exchange.js";
import { failureOf } from "./failure.js";
import type { OperationScope } from "./operation-scope.js";

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
        // Requests made on the way to another one are repeated together with that one: one budget, not its square.
        createContext(connection, { ...scope, retries: 0 }),
      );
    },
    failure: (response) => failureOf(connection, response, scope),
    invalidResponse: (message) =>
      connection.error(
        scope.safety === "once" ? "START_OUTCOME_UNKNOWN" : "RESPONSE_INVALID",
        scope.safety === "once"
          ? `${message}. An export may have been started; look in the provider's console before starting another`
          : message,
        // A proxy may have answered in the provider's place, so asking again is worth it where it does no harm.
        { operation: scope.operation, job: scope.job, retryable: scope.safety === "safe" },
      ),
  };
}

/** A request for credentials starts nothing, so it may be repeated even on the way to a start. */
function credentials(scope: OperationScope): OperationScope {
  return { ...scope, operation: "authorize", safety: "safe", attempts: undefined, received: undefined };
}
