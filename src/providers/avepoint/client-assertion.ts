import { SignJWT } from "jose";
import { importKey, readThumbprint, type Thumbprint, thumbprintOf } from "./certificate.js";
import type { AvepointCertificate } from "./options.js";

/** Signs what proves to the token endpoint that this client holds the certificate's key. `now` in ms. */
export type SignAssertion = (now: number) => Promise<string>;

const LIFETIME_S = 300;

/**
 * `private_key_jwt` as OpenID Connect calls it: signed by the key, addressed to the very token endpoint, good for five
 * minutes and for one request.
 */
export function createAssertionSigner(
  clientId: string,
  tokenUrl: string,
  { privateKey, thumbprint, certificate }: AvepointCertificate,
): SignAssertion {
  let key: CryptoKey | undefined = typeof privateKey === "string" ? undefined : privateKey;
  let named: Thumbprint | undefined = thumbprint === undefined ? undefined : readThumbprint(thumbprint);
  return async (now) => {
    key ??= await importKey(privateKey as string);
    named ??= await thumbprintOf(certificate as string);
    const seconds = Math.floor(now / 1000);
    return new SignJWT()
      .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: named.hex, x5t: named.base64url })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(tokenUrl)
      .setJti(crypto.randomUUID())
      .setNotBefore(seconds)
      .setExpirationTime(seconds + LIFETIME_S)
      .sign(key);
  };
}
