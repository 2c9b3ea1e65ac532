import type { EmulatorRequest } from "../emulator.js";
import type { ReplyOverrides } from "../faulty-reply.js";
import type { EmulatorReply } from "../reply.js";
import { verifyAssertion } from "./client-assertion.js";
import { jsonReply } from "./errors.js";
import type { AvepointSettings } from "./options.js";

export const tokenPath = "/connect/token";
const scope = "insights.graph.readwrite.all";
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** The vendor's sign-in service: makes access tokens and knows which are good. */
export interface TokenEndpoint {
  respond(request: EmulatorRequest, origin: string, overrides?: ReplyOverrides): Promise<EmulatorReply>;
  /** Whether an `Authorization` header lets a request in. */
  isGood(header: string | null): boolean;
  /** Ends every token there is. */
  revoke(): void;
  reset(): void;
}

export function createTokenEndpoint(settings: AvepointSettings): TokenEndpoint {
  const { clock } = settings;
  const endsAt = new Map<string, number>();
  const seen = new Set<string>();
  let issued = 0;
  /** No app is registered any more. */
  let withdrawn = false;

  async function respond(
    { method, url, headers, body }: EmulatorRequest,
    origin: string,
    overrides: ReplyOverrides = {},
  ): Promise<EmulatorReply> {
    if (overrides.revoked) withdrawn = true;
    if (url.pathname !== tokenPath) return jsonReply(404, {});
    if (method !== "POST") return jsonReply(405, {}, { allow: "POST" });
    const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
    if (type !== "application/x-www-form-urlencoded") return refuse("invalid_request", "form expected");
    const form = new URLSearchParams(new TextDecoder().decode(body));
    for (const name of form.keys())
      if (form.getAll(name).length > 1) return refuse("invalid_request", `${name} is repeated`);
    if (form.get("grant_type") !== "client_credentials") return refuse("unsupported_grant_type");
    if (withdrawn) return refuse("invalid_client");
    const client = await authenticate(form, `${origin}${tokenPath}`);
    if ("problem" in client) return refuse("invalid_client", client.problem);
    if (form.get("scope") !== scope) return refuse("invalid_scope");
    return issue(client.clientId);
  }

  async function authenticate(
    form: URLSearchParams,
    audience: string,
  ): Promise<{ readonly clientId: string } | { readonly problem: string | undefined }> {
    const assertion = form.get("client_assertion");
    if (assertion !== null) {
      if (form.get("client_assertion_type") !== assertionType) return { problem: "unknown assertion type" };
      const proven = await verifyAssertion(assertion, {
        clients: settings.clients,
        audience,
        now: clock.now(),
        allowedClockSkewMs: settings.allowedClockSkewMs,
        isFirst: (clientId, jti) => {
          const use = JSON.stringify([clientId, jti]);
          return !seen.has(use) && Boolean(seen.add(use));
        },
      });
      if ("problem" in proven) return { problem: `the assertion ${proven.problem}` };
      const named = form.get("client_id");
      return named === null || named === proven.clientId ? proven : { problem: "another client_id" };
    }
    const { clientSecret, clientId } =
      settings.clients.find((candidate) => candidate.clientId === form.get("client_id")) ?? {};
    const right = clientSecret !== undefined && form.get("client_secret") === clientSecret;
    // A wrong secret and an unknown client look the same from outside.
    return right && clientId !== undefined ? { clientId } : { problem: undefined };
  }

  function issue(clientId: string): EmulatorReply {
    const token = `emulated-access-token-${++issued}-of-${encodeURIComponent(clientId)}`;
    endsAt.set(token, clock.now() + settings.tokenLifetimeMs);
    const body = {
      access_token: token,
      expires_in: Math.floor(settings.tokenLifetimeMs / 1000),
      token_type: "Bearer",
      scope,
    };
    return jsonReply(200, body, { "cache-control": "no-store", pragma: "no-cache" });
  }

  return {
    respond,
    isGood(header) {
      const token = /^Bearer (.+)$/i.exec(header ?? "")?.[1] ?? "";
      return settings.tokens.includes(token) || clock.now() < (endsAt.get(token) ?? Number.NEGATIVE_INFINITY);
    },
    revoke: () => endsAt.clear(),
    reset() {
      endsAt.clear();
      seen.clear();
      withdrawn = false;
    },
  };
}

/** RFC 6749 section 5.2. */
function refuse(error: string, description?: string): EmulatorReply {
  return jsonReply(400, { error, ...(description !== undefined && { error_description: description }) });
}
