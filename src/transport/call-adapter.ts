import type { Connection } from "../connection.js";
import { ExportError } from "../model/errors.js";
import { ownProperties } from "../model/own-properties.js";
import type { ProviderContext } from "../spec/context.js";
import type { HttpRequest, HttpResponse } from "../spec/http.js";
import { exchange, isRefusal, judgeRefusal, outcomeUnknown } from "./exchange.js";
import type { OperationScope } from "./operation-scope.js";
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

/**
 * The requests of a start of which nobody has proven that they started nothing: those under way, those whose outcome is not
 * known, and those that were answered well. Errors of an adapter's own, or of parts that could not be loaded, prove nothing.
 */
class StartDoubts {
  /** What the start gets. */
  readonly context: ProviderContext;
  readonly #connection: Connection;
  readonly #open = new Set<{ headers?: Headers }>();
  readonly #refusals = new WeakMap<Error, Headers>();

  constructor(connection: Connection, context: ProviderContext) {
    this.#connection = connection;
    this.context = {
      ...context,
      // What is not authorized is for credentials.
      request: (request) =>
        ownProperties(request).authorize === false ? context.request(request) : this.#send(context, request),
      failure: (response) => this.#judge(response, context.failure(response)),
    };
  }

  /** Whether something may have been started. */
  get exist(): boolean {
    return this.#open.size > 0;
  }

  /** Sends one request of the start. */
  async #send(context: ProviderContext, request: HttpRequest): Promise<HttpResponse> {
    const doubt: { headers?: Headers } = {};
    this.#open.add(doubt);
    try {
      const response = await context.request(request);
      // Refused, by a status that the adapter wants to read itself.
      if (isRefusal(response.status)) this.#open.delete(doubt);
      else doubt.headers = response.headers;
      return response;
    } catch (error) {
      if (!isUnknown(error)) this.#open.delete(doubt);
      throw error;
    }
  }

  /**
   * What the adapter makes of an answer is judged as the engine would have: a refusal that it found inside is one, and what may
   * have taken effect is not.
   */
  #judge({ headers }: HttpResponse, failure: Error): Error {
    // An adapter may pass a copy of the answer, with the status that stood inside.
    const isOfStart = [...this.#open].some((doubt) => doubt.headers === headers);
    if (!isOfStart || !ExportError.isInstance(failure)) return failure;
    const error = outcomeUnknown(this.#connection, failure);
    this.#refusals.set(error, headers);
    return error;
  }

  /** Whether an error says all there is to say: that the outcome is not known, or that nothing was started. */
  areSettledBy(error: unknown): boolean {
    if (isUnknown(error)) return true;
    const refused = this.#refusals.get(error as Error);
    return [...this.#open].every(({ headers }) => headers !== undefined && headers === refused);
  }
}

function isUnknown(error: unknown): boolean {
  return ExportError.isInstance(error) && error.code === "START_OUTCOME_UNKNOWN";
}
