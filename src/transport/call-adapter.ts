import type { Connection } from "../connection.js";
import type { ExportError } from "../model/errors.js";
import { ownProperties } from "../model/own-properties.js";
import type { ProviderContext } from "../spec/context.js";
import { exchange, judgeRefusal } from "./exchange.js";
import type { OperationScope } from "./operation-scope.js";
import { StartDoubts } from "./start-doubts.js";
import { runWatched } from "./watchdog.js";

/**
 * Has a function of the adapter's do one operation. Whatever it fails with says which, and of which job.
 *
 * @param call - it gets a context, and what is given
 */
export async function callAdapter<Given extends readonly unknown[], T>(
  connection: Connection,
  scope: OperationScope,
  name: "start" | "poll" | "locate" | "fetchPage",
  call: (context: ProviderContext, ...given: Given) => T | Promise<T>,
  ...given: Given
): Promise<T> {
  const context = createContext(connection, scope);
  const doubts = scope.safety === "once" ? new StartDoubts(connection, context) : undefined;
  const watched = { name, context: doubts?.context ?? context, doubts };
  try {
    return await runWatched(connection, scope, watched, call, ...given);
  } catch (error) {
    throw connection.adopt(error, scope.job, scope.operation, scope.signal);
  }
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
    invalidResponse: (message, cause) => invalidResponse(connection, scope, message, cause),
  };
}

/** The error for what an adapter can make nothing of, or an adapter made of an answer. */
export function invalidResponse(
  connection: Connection,
  { operation, job, safety }: OperationScope,
  message: string,
  cause: unknown,
): ExportError {
  if (safety === "once") {
    const hint = "An export may have been started; look in the provider's console before starting another";
    return connection.error("START_OUTCOME_UNKNOWN", `${message}. ${hint}`, { operation, job, cause });
  }
  // A proxy may have answered in the provider's place, so asking again is worth it where it does no harm.
  return connection.error("RESPONSE_INVALID", message, { operation, job, retryable: true, cause });
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
