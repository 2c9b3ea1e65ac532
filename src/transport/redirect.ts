import type { Connection } from "../connection.js";
import { loadPart } from "../model/load-part.js";
import { sendAuthorized } from "./authorize.js";
import { untilDeadline } from "./budget-check.js";
import type { Redirectable } from "./redirected.js";
import { type OpenResponse, send } from "./send.js";

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
      const message = "the start was redirected, and where to could not be read";
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
