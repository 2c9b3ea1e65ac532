import { compactVerify, decodeProtectedHeader, importSPKI } from "jose";
import type { WebCryptoKey } from "../../provider/signing-key.js";

/** The public keys that are registered at the vendor, by key id: SPKI PEM (`BEGIN PUBLIC KEY`) or `CryptoKey`. */
export type AuthgearPublicKeys = { readonly [keyId: string]: string | WebCryptoKey };

/** What a bearer token is checked against. */
export interface TokenPolicy {
  readonly projectId: string;
  readonly keys: AuthgearPublicKeys;
  readonly tokens: readonly string[];
  readonly allowedClockSkewMs: number;
}

/**
 * Whether an `Authorization` header lets a request in: `Bearer`, spelled so, and a token signed with RS256 by the very
 * key its `kid` names, for this project, at this time. Times are compared in whole seconds, as the server does. Header
 * parameters that it does not know are passed over, those marked critical too.
 */
export async function isAuthorized(
  header: string | null,
  policy: TokenPolicy,
  now: number,
): Promise<boolean> {
  const token = /^Bearer +(.*)$/.exec(header ?? "")?.[1];
  if (token === undefined) return false;
  if (policy.tokens.includes(token)) return true;
  try {
    const { crit } = decodeProtectedHeader(token);
    const { payload } = await compactVerify(token, ({ kid }) => keyOf(policy.keys, kid), {
      algorithms: ["RS256"],
      ...(Array.isArray(crit) && { crit: Object.fromEntries(crit.map((name) => [name, false])) }),
    });
    const claims: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
    return areCurrent(claims, policy, Math.floor(now / 1000));
  } catch {
    return false;
  }
}

async function keyOf(keys: AuthgearPublicKeys, keyId: unknown): Promise<CryptoKey> {
  const key = typeof keyId === "string" && Object.hasOwn(keys, keyId) ? keys[keyId] : undefined;
  if (key === undefined) throw new Error("unknown key id");
  return typeof key === "string" ? importSPKI(key, "RS256") : (key as CryptoKey);
}

function areCurrent(claims: unknown, policy: TokenPolicy, now: number): boolean {
  if (typeof claims !== "object" || claims === null) return false;
  const { aud, exp, iat, nbf, iss, sub, jti } = claims as { readonly [claim: string]: unknown };
  const skew = Math.floor(policy.allowedClockSkewMs / 1000);
  const audience = Array.isArray(aud)
    ? aud.every(isText) && aud.includes(policy.projectId)
    : aud === policy.projectId;
  return (
    audience &&
    [iss, sub, jti].every((claim) => claim === undefined || isText(claim)) &&
    holds(exp, (time) => now < time + skew) &&
    holds(iat, (time) => now >= time - skew) &&
    holds(nbf, (time) => now >= time - skew)
  );
}

/** A time claim is checked if it is there: a number of seconds, or one written as text. Zero counts as absent. */
function holds(claim: unknown, check: (time: number) => boolean): boolean {
  const time = isText(claim) && /^\d+(\.\d+)?$/.test(claim) ? Number(claim) : claim;
  return time === undefined || time === 0 || (typeof time === "number" && check(Math.floor(time)));
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
