import type { ProviderContext } from "../contract/provider.js";
import type { Connection } from "./connection.js";
import { exchange, type Scope } from "./exchange.js";
import { failureOf } from "./failure.js";

/** What an adapter's function gets to do one operation with. */
export function createContext(connection: Connection, scope: Scope): ProviderContext {
  const context: ProviderContext = {
    connection: connection.name,
    now: () => connection.now(),
    request: (request) =>
      exchange(connection, request, request.authorize === false ? credentials(scope) : scope, context),
    failure: (response) => failureOf(connection, response, scope),
    invalidResponse: (message) =>
      connection.error(
        scope.safety === "once" ? "START_OUTCOME_UNKNOWN" : "RESPONSE_INVALID",
        scope.safety === "once"
          ? `${message}. An export may have been started; look in the provider's console before starting another`
          : message,
        { operation: scope.operation, job: scope.job },
      ),
  };
  return context;
}

/** A request for credentials starts nothing, so it may be repeated even on the way to a start. */
function credentials(scope: Scope): Scope {
  return { ...scope, operation: "authorize", safety: "safe" };
}
