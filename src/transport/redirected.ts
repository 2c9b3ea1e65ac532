import type { Connection } from "../connection.js";
import { hideUrl } from "../model/hide-url.js";
import { readUrl } from "../model/trusted-url.js";
import type { ProviderContext } from "../spec/context.js";
import type { Outgoing } from "./send.js";

// Loaded where a provider redirects.
const MOST_REDIRECTS = 5;

/** A request that may be redirected. */
export interface Redirectable extends Outgoing {
  /** What the provider's `authorize` gets to make credentials with; absent where none go along. */
  readonly signing: ProviderContext | undefined;
  /**
   * The headers that go along to another origin, where no credentials go. Without it a request is sent on within the
   * provider's own origins only: an adapter may have put credentials into its headers or its body.
   */
  readonly headersElsewhere?: { readonly [name: string]: string };
}

/** The request that a redirect leads to. What must not arrive twice is not sent on. */
export function redirected(
  connection: Connection,
  response: Response,
  request: Redirectable,
  hop: number,
): Redirectable {
  const target = redirectTarget(connection, response, request);
  const { signing, headersElsewhere, job, once, operation, url } = request;
  const isHome = target.origin === url.origin;
  const isOwn = signing && connection.provider.origins?.includes(target.origin);
  if (once || hop >= MOST_REDIRECTS || !(isHome || isOwn || headersElsewhere)) {
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
  const hide = () => {
    request.hide?.();
    hideUrl(connection.redactor, target, connection.name, job?.id);
  };
  hide();
  return {
    ...request,
    url: target,
    hide,
    // The target is a server's word, at home too: its path may be as good as a signature.
    secretUrl: true,
    ...(!isHome && headersElsewhere && { headers: headersElsewhere, signing: undefined }),
  };
}

function redirectTarget(
  connection: Connection,
  response: Response,
  { url: from, operation, job }: Redirectable,
): URL {
  const { status } = response;
  const { url, problem } = readUrl(response.headers.get("location"), from);
  if (!url || problem) {
    throw connection.error(
      "RESPONSE_INVALID",
      `${from.host} answered the ${operation} request with a redirect whose target ${problem}`,
      { operation, job, status },
    );
  }
  return url;
}
