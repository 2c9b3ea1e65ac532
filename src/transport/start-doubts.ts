import type { Connection } from "../connection.js";
import { ExportError } from "../model/errors.js";
import { ownProperties } from "../model/own-properties.js";
import type { ProviderContext } from "../spec/context.js";
import type { HttpRequest, HttpResponse } from "../spec/http.js";
import { isRefusal, outcomeUnknown } from "./safety.js";

/**
 * The requests of a start of which nobody has proven that they started nothing: those under way, those whose outcome is not
 * known, and those that were answered well. Errors of an adapter's own, or of parts that could not be loaded, prove nothing.
 */
export class StartDoubts {
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
