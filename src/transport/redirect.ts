import type { Connection } from "../connection.js";
import type { Operation } from "../model/errors.js";
import { loadPart } from "../model/load-part.js";
import { readUrl } from "../model/trusted-url.js";
import type { ProviderContext } from "../spec/context.js";
import { sendAuthorized } from "./authorize.js";
import { untilDeadline } from "./budget-check.js";
import { hideUrl } from "./hide-url.js";
import { type OpenResponse, type Outgoing, send } from "./send.js";

const MOST_REDIRECTS = 5;

/** A request that may be redirected. */
export interface Redirectable extends Outgoing {
  /** What the provider's `authorize` gets to make credentials with; absent where none go along. */
  readonly signing: ProviderContext | undefined;
  /**
   * The headers that go along to another origin, where no credentials go. Without it a request is not sent on there
   * unless it is to be signed, which only the provider's own origins can have: its body may carry credentials.
   */
  readonly headersElsewhere?: { readonly [name: string]: string };
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
        ? sendAuthorized(connection, asked, asked.signing)
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
  const { enter, leavingWith } = await loadPart(import("./gate.js"));
  // The redactor is one for a connection, whatever budgets its copies have.
  const leave = await untilDeadline(connection, signal, (until) => enter(connection.redactor, limit, until));
  try {
    return leavingWith(await proceed(), leave);
  } catch (error) {
    leave();
    throw error;
  }
}

/** The request that a redirect leads to. What must not arrive twice is not sent on. */
function redirected(
  connection: Connection,
  response: Response,
  request: Redirectable,
  hop: number,
): Redirectable {
  const target = redirectTarget(connection, response, request.url, request.operation);
  const { signing, headersElsewhere, job, once, operation, url } = request;
  const isHome = target.origin === url.origin;
  if (once || hop >= MOST_REDIRECTS || !(isHome || signing || headersElsewhere)) {
    const { status } = response;
    throw connection.error(
      "RESPONSE_INVALID",
      headersElsewhere
        ? `the file is behind more than ${MOST_REDIRECTS} redirects`
        : `the ${operation} request was redirected to ${target.host} (HTTP ${status}) and not sent on: ` +
            "set the connection's address to where the provider really answers",
      { operation, job, status },
    );
  }
  hideUrl(connection, target, job?.id);
  return {
    ...request,
    url: target,
    // The target is a server's word, at home too: its path may be as good as a signature.
    secretUrl: true,
    ...(!isHome && headersElsewhere && { headers: headersElsewhere, signing: undefined }),
  };
}

function redirectTarget(connection: Connection, response: Response, from: URL, operation: Operation): URL {
  const { status } = response;
  const { url, problem } = readUrl(response.headers.get("location"), from);
  if (!url || problem) {
    throw connection.error(
      "RESPONSE_INVALID",
      `${from.host} answered the ${operation} request with a redirect whose target ${problem}`,
      { operation, status },
    );
  }
  return url;
}
