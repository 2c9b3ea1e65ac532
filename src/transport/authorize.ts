import type { Connection } from "../connection.js";
import { httpDate } from "../model/http-date.js";
import { loadPart } from "../model/load-part.js";
import type { ProviderContext } from "../spec/context.js";
import type { RequestAttempt } from "../spec/http.js";
import type { AuthorizationHeaders, Provider } from "../spec/provider.js";
import { untilDeadline } from "./budget-check.js";
import type { Redirectable } from "./redirected.js";
import { type OpenResponse, type Outgoing, send } from "./send.js";
import { runWatched } from "./watchdog.js";

// A Date header counts whole seconds and is some time under way; less than this is no skew.
const SMALLEST_SKEW_MS = 5_000;
// Shorter parts of a header are ordinary words and times.
const SHORTEST_PART = 16;

/** How credentials for an attempt are made. */
interface Signing {
  readonly authorize: NonNullable<Provider["authorize"]>;
  /** What it gets. */
  readonly context: ProviderContext;
}

/** The answer that is not a redirect, and the request that it answers. */
export interface Followed {
  readonly open: OpenResponse;
  readonly request: Redirectable;
}

/** Sends a request and follows redirects, within the rules for credentials. */
export async function sendFollowing(connection: Connection, first: Redirectable): Promise<Followed> {
  const { provider, settings } = connection;
  const { requests } = settings.limits;
  let request = first;
  for (let hop = 0; ; hop++) {
    const asked = request;
    const proceed = () =>
      asked.signing && provider.authorize
        ? sendAuthorized(connection, asked, { authorize: provider.authorize, context: asked.signing })
        : send(connection, asked);
    const open =
      requests === undefined || asked.operation === "authorize"
        ? await proceed()
        : await inTurn(connection, requests, asked.signal, proceed);
    const { status, type } = open.response;
    // Runtimes made for browsers hide the target of a manual redirect.
    const isRedirect = type === "opaqueredirect" || (status >= 300 && status <= 399 && status !== 304);
    if (!isRedirect) return { open, request };
    open.close();
    const { redirected } = await loadPart(import("./redirected.js")).catch((cause) => {
      if (!request.once) throw cause;
      // It arrived, and what came of it is not known.
      const message = "the start was redirected, and its target could not be read";
      throw connection.error("RESPONSE_INVALID", message, { operation: request.operation, cause });
    });
    request = redirected(connection, open.response, request, hop);
  }
}

/**
 * Sends once the connection has room for a request. It is signed behind the wait, for signatures tell the time; what signing
 * takes, such as a request for a token, goes through under the same leave.
 */
async function inTurn(
  connection: Connection,
  limit: number,
  signal: AbortSignal | undefined,
  proceed: () => Promise<OpenResponse>,
): Promise<OpenResponse> {
  const { enterGate, leaveWithAnswer } = await loadPart(import("./gate.js"));
  // The redactor is one for a connection, whatever budgets its copies have.
  const leave = await untilDeadline(connection, signal, (until) =>
    enterGate(connection.redactor, limit, until),
  );
  try {
    return leaveWithAnswer(await proceed(), leave);
  } catch (error) {
    leave();
    throw error;
  }
}

/**
 * Sends one attempt with headers made for it alone. When the provider refuses the credentials and there is something
 * new to offer (a fresh token, the provider's idea of the time), it is sent once more: a refusal took no effect, so
 * this holds for `once` operations too.
 */
async function sendAuthorized(
  connection: Connection,
  outgoing: Outgoing,
  signing: Signing,
): Promise<OpenResponse> {
  const { provider } = connection;
  if (!provider.origins?.includes(outgoing.url.origin)) {
    // Not the caller's doing: a redirect or an adapter went astray. The credentials stay at home.
    throw connection.error(
      "RESPONSE_INVALID",
      `${provider.name} sent this client to ${outgoing.url.host}, where its credentials must not go`,
      { operation: outgoing.operation, details: { neverSent: true } },
    );
  }
  const headers = await authorization(connection, outgoing, signing);
  const first = await send(connection, { ...outgoing, headers: { ...outgoing.headers, ...headers } });
  if (first.response.status !== 401 && first.response.status !== 403) return first;

  let renewed: AuthorizationHeaders | undefined;
  const skewed = learnSkew(connection, first.response);
  try {
    renewed = await authorization(connection, outgoing, signing, {
      headers: headers ?? {},
      status: first.response.status,
    });
    // A key that never changes is no new offer.
    if (isSame(renewed, headers)) renewed = undefined;
    if (!renewed && skewed) {
      const corrected = await authorization(connection, outgoing, signing);
      // A token that does not depend on the time is no different now.
      if (!isSame(corrected, headers)) renewed = corrected;
    }
  } catch (error) {
    first.close();
    throw error;
  }
  if (!renewed) return first;
  first.close();
  connection.observe({ type: "refresh", what: skewed ? "clock" : "credentials" });
  return send(connection, { ...outgoing, headers: { ...outgoing.headers, ...renewed } });
}

async function authorization(
  connection: Connection,
  outgoing: Outgoing,
  signing: Signing,
  refusal?: { readonly headers: AuthorizationHeaders; readonly status: number },
): Promise<AuthorizationHeaders | undefined> {
  const { operation, method, url, body = "", job, signal } = outgoing;
  const attempt: RequestAttempt = {
    operation,
    method,
    url,
    body,
    now: connection.now(),
    renew: refusal !== undefined,
    refused: refusal?.headers,
    status: refusal?.status,
    signal,
  };
  const scope = { operation: "authorize", safety: "safe", signal, job } as const;
  const watched = { name: "authorize", context: signing.context } as const;
  const call = signing.authorize.bind(connection.provider, attempt);
  const headers = await runWatched(connection, scope, watched, call);
  const secrets: string[] = [];
  for (const value of Object.values(headers ?? {})) {
    secrets.push(value);
    // A scheme's name is not a secret, and what follows it may turn up alone, as may a signature that is a part of it.
    secrets.push(value.slice(value.indexOf(" ") + 1));
    for (const part of value.split(/[\s:,;=]+/)) if (part.length >= SHORTEST_PART) secrets.push(part);
  }
  connection.redactor.add(...secrets);
  return headers;
}

function isSame(
  headers: AuthorizationHeaders | undefined,
  others: AuthorizationHeaders | undefined,
): boolean {
  return JSON.stringify(headers) === JSON.stringify(others);
}

/** Takes over the provider's clock where ours is off; tells whether that changed anything. */
function learnSkew(connection: Connection, response: Response): boolean {
  const theirs = httpDate(response.headers.get("date"));
  if (theirs === undefined || Math.abs(theirs - connection.now()) < SMALLEST_SKEW_MS) return false;
  connection.setNow(theirs);
  return true;
}
