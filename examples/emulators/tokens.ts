// A token endpoint for OAuth 2.0 client credentials (RFC 6749, section 4.4).
import { type EmulatorReply, type EmulatorRequest, textReply } from "exportkit/testing";

export const json = (
  status: number,
  body: unknown,
  headers?: { readonly [name: string]: string },
): EmulatorReply => textReply(status, "application/json", JSON.stringify(body), headers);

export function createTokens(
  now: () => number,
  client: { readonly clientId: string; readonly clientSecret: string },
  lifetimeMs: number,
) {
  const goodUntil = new Map<string, number>();
  let isWithdrawn = false;
  return {
    /** @param expected - what the form has to hold beside the credentials, such as a scope */
    answer({ body, headers }: EmulatorRequest, expected: { readonly [name: string]: string }): EmulatorReply {
      if (!headers.get("content-type")?.startsWith("application/x-www-form-urlencoded"))
        return json(400, { error: "invalid_request" });
      const form = new URLSearchParams(new TextDecoder().decode(body));
      const isKnown =
        form.get("client_id") === client.clientId && form.get("client_secret") === client.clientSecret;
      if (isWithdrawn || !isKnown) return json(401, { error: "invalid_client" });
      if (form.get("grant_type") !== "client_credentials")
        return json(400, { error: "unsupported_grant_type" });
      if (Object.entries(expected).some(([name, value]) => form.get(name) !== value))
        return json(400, { error: "invalid_request" });
      const token = `canary-access-token-${goodUntil.size + 1}`;
      goodUntil.set(token, now() + lifetimeMs);
      return json(200, { access_token: token, token_type: "Bearer", expires_in: lifetimeMs / 1000 });
    },
    isGood: ({ headers }: EmulatorRequest): boolean =>
      now() < (goodUntil.get(headers.get("authorization")?.replace(/^Bearer /, "") ?? "") ?? 0),
    /** Ends every token, and the client. */
    withdraw(): void {
      isWithdrawn = true;
      goodUntil.clear();
    },
  };
}
