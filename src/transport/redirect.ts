import type { Operation } from "../model/errors.js";
import type { ProviderContext } from "../spec/context.js";
import { sendAuthorized, type Unauthorized } from "./authorize.js";
import { closeResponse } from "./body.js";
import type { Connection } from "./connection.js";
import { hideUrl } from "./secret-url.js";
import type { OpenResponse } from "./send.js";
import { urlProblem } from "./trusted-url.js";

const MOST_REDIRECTS = 5;

/** A request that may be redirected. */
export interface Redirectable extends Unauthorized {
  /**
   * The headers that go along to another origin, where no credentials go. Without it a request is not sent on there
   * unless it is to be signed, which only the provider's own origins can have: its body may carry credentials.
   */
  readonly headersElsewhere?: { readonly [name: string]: string };
}

/** The answer that is no redirect, and the request that it answers. */
export interface Followed {
  readonly open: OpenResponse;
  readonly request: Redirectable;
}

/** Sends a request and follows redirects, within the rules for credentials. */
export async function sendFollowing(
  connection: Connection,
  first: Redirectable,
  context: ProviderContext,
  signal: AbortSignal | undefined,
): Promise<Followed> {
  let request = first;
  for (let hop = 0; ; hop++) {
    const open = await sendAuthorized(connection, request, context, signal);
    let next: Redirectable | undefined;
    try {
      next = redirected(connection, open.response, request, hop);
    } catch (error) {
      closeResponse(open);
      throw error;
    }
    if (!next) return { open, request };
    closeResponse(open);
    request = next;
  }
}

/** The request that a redirect leads to; `undefined` where the answer is none. What must not arrive twice is not sent on. */
function redirected(
  connection: Connection,
  response: Response,
  request: Redirectable,
  hop: number,
): Redirectable | undefined {
  const target = redirectTarget(connection, response, request.url, request.operation);
  if (!target) return undefined;
  const { credentials, headersElsewhere, job, once, operation, url } = request;
  const isHome = target.origin === url.origin;
  if (once || hop >= MOST_REDIRECTS || !(isHome || credentials || headersElsewhere)) {
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
    ...(!isHome && headersElsewhere && { headers: headersElsewhere, credentials: false }),
  };
}

/** The target of a redirect, `undefined` where the answer is none. */
function redirectTarget(
  connection: Connection,
  response: Response,
  from: URL,
  operation: Operation,
): URL | undefined {
  const { status } = response;
  // Runtimes made for browsers hide the target of a manual redirect.
  const hidden = response.type === "opaqueredirect";
  if (!hidden && (status < 300 || status > 399 || status === 304)) return undefined;
  const location = response.headers.get("location");
  let target: URL | undefined;
  try {
    target = location === null ? undefined : new URL(location, from);
  } catch {}
  const problem = target ? urlProblem(target) : "cannot be read";
  if (!target || problem) {
    throw connection.error(
      "RESPONSE_INVALID",
      `${from.host} answered the ${operation} request with a redirect whose target ${problem}`,
      { operation, status },
    );
  }
  return target;
}
