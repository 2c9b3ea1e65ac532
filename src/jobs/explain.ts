import type { Connection } from "../connection.js";
import type { ProviderContext } from "../spec/context.js";
import type { HttpRequest, SafetyClass } from "../spec/http.js";

/** What `startExport` would send first. */
export interface ExplainedExport {
  /** The HTTP method. */
  readonly method: string;
  /** The address, with its query; credentials in it are hidden. */
  readonly url: string;
  /** The names of the headers, in lower case, sorted; their values may be secrets. */
  readonly headers: readonly string[];
  /** The body as text; absent where there is none. */
  readonly body?: string;
  /** `once`: what may have taken effect is never sent again. `safe`: it is, like any other question. */
  readonly safety: SafetyClass;
}

/**
 * Runs an adapter's start up to its request, which is told and not sent. Nothing is signed, and no token fetched.
 *
 * @param request - validated
 * @param given - what a start gets
 */
export async function explainStart(
  connection: Connection,
  request: unknown,
  given: ProviderContext,
  safety: SafetyClass,
): Promise<ExplainedExport> {
  const { provider, redactor } = connection;
  // A query is what is asked here, and no secret of a store: only the credentials given are hidden.
  let told: HttpRequest | undefined;
  const stop = new Error("explained, not sent");
  const context: ProviderContext = {
    ...given,
    request: async (outgoing) => {
      told ??= outgoing;
      throw stop;
    },
  };
  try {
    await provider.start(context, request);
  } catch (error) {
    if (!told) throw error;
  }
  if (!told)
    throw connection.error("NOT_SUPPORTED", `${provider.name} starts exports without a request`, {
      operation: "start",
    });
  const signed = told.authorize !== false && provider.authorize !== undefined;
  // Asking for their values could fetch a token.
  const signing = signed ? (provider.authorizationHeaders ?? ["authorization"]) : [];
  const headers = ["accept", ...Object.keys(told.headers ?? {}), ...signing];
  return {
    method: told.method,
    url: redactor.configured(told.url),
    headers: [...new Set(headers.map((name) => name.toLowerCase()))].sort(),
    ...(told.body !== undefined && { body: redactor.configured(told.body) }),
    safety,
  };
}
