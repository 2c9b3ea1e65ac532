import { base64url, compactVerify, importX509 } from "jose";
import { derOfPem, periodOf, thumbprintOf } from "./certificate.js";
import type { AvepointEmulatorClient } from "./options.js";

export interface AssertionPolicy {
  readonly clients: readonly AvepointEmulatorClient[];
  /** The token endpoint as it is reached. */
  readonly audience: string;
  /** In ms. */
  readonly now: number;
  readonly allowedClockSkewMs: number;
  /** Whether a `jti` is seen for the first time; remembers it. */
  isFirst(clientId: string, jti: string): boolean;
}

const longestLifetimeS = 300;

/**
 * The client id that a signed assertion proves, or why it proves none. Checks what RFC 7523 section 3 asks for, and that
 * `kid` and `x5t` name the certificate whose key signed, and that this certificate is good at that time.
 */
export async function verifyAssertion(
  assertion: string,
  policy: AssertionPolicy,
): Promise<{ readonly clientId: string } | { readonly problem: string }> {
  let problem = "is not a JWT";
  try {
    const { payload } = await compactVerify(
      assertion,
      async (header) => {
        problem = "has an unknown kid";
        const key = await keyOf(header.kid, policy.clients);
        if (header.typ !== "JWT") problem = "has a typ other than JWT";
        else if (header.x5t !== thumbprintInBase64url(header.kid)) problem = "has an x5t that is not its kid";
        else {
          problem = "has a wrong signature";
          return key;
        }
        throw new Error(problem);
      },
      { algorithms: ["RS256"] },
    );
    problem = "has no readable claims";
    const claims = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
    const { kid } = JSON.parse(new TextDecoder().decode(base64url.decode(assertion.split(".")[0] ?? "")));
    const owner = await ownerOf(kid, policy.clients);
    problem =
      (owner && periodProblem(owner.certificate, policy)) ??
      claimsProblem(claims, owner?.clientId, policy) ??
      "";
    return problem === "" && owner ? { clientId: owner.clientId } : { problem };
  } catch {
    return { problem };
  }
}

/** The client whose certificate has this thumbprint, and the certificate. */
async function ownerOf(
  kid: unknown,
  clients: readonly AvepointEmulatorClient[],
): Promise<{ readonly clientId: string; readonly certificate: string } | undefined> {
  for (const { clientId, certificates = [] } of clients) {
    for (const certificate of certificates) {
      if (kid === (await thumbprintOf(derOfPem(certificate)))) return { clientId, certificate };
    }
  }
  return undefined;
}

async function keyOf(kid: unknown, clients: readonly AvepointEmulatorClient[]): Promise<CryptoKey> {
  const owner = await ownerOf(kid, clients);
  if (owner === undefined) throw new Error("unknown kid");
  return importX509(owner.certificate, "RS256");
}

function thumbprintInBase64url(kid: unknown): string {
  const pairs = String(kid).match(/../g) ?? [];
  return base64url.encode(Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16)));
}

function periodProblem(certificate: string, policy: AssertionPolicy): string | undefined {
  const { notBefore, notAfter } = periodOf(derOfPem(certificate));
  if (policy.now > notAfter) return "is signed with a certificate that has expired";
  return policy.now < notBefore ? "is signed with a certificate that is not valid yet" : undefined;
}

function claimsProblem(
  claims: { readonly [claim: string]: unknown },
  clientId: string | undefined,
  policy: AssertionPolicy,
): string | undefined {
  const { iss, sub, aud, jti, nbf, exp } = claims;
  const now = Math.floor(policy.now / 1000);
  const skew = Math.floor(policy.allowedClockSkewMs / 1000);
  if (iss !== clientId || sub !== clientId) return "has an iss or sub that is not the client";
  if (aud !== policy.audience && !(Array.isArray(aud) && aud.includes(policy.audience)))
    return "has an aud that is not this endpoint";
  if (typeof nbf !== "number" || nbf > now + skew) return "is not valid yet";
  if (typeof exp !== "number" || exp <= now - skew) return "has expired";
  if (exp - nbf > longestLifetimeS) return "is valid for more than five minutes";
  if (typeof jti !== "string" || jti === "") return "has no jti";
  return policy.isFirst(String(clientId), jti) ? undefined : "was used before";
}
