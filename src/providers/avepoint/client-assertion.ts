import { signingKeyPem } from "../signing-key.js";
import type { AvepointCertificate } from "./certificate.js";
import { checkPair, readThumbprint, type Thumbprint, thumbprintOf, withKey } from "./certificate.js";

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
  certificate: AvepointCertificate,
): SignAssertion {
  let signer: Signer | undefined;
  return async (now) => {
    const rs256 = await import("../rs256.js");
    signer ??= await createSigner(certificate, rs256.importKey);
    const { key, thumbprint } = signer;
    const seconds = Math.floor(now / 1000);
    const header = { kid: thumbprint.hex, x5t: thumbprint.base64url };
    const claims = {
      iss: clientId,
      sub: clientId,
      aud: tokenUrl,
      jti: crypto.randomUUID(),
      nbf: seconds,
      exp: seconds + LIFETIME_S,
    };
    return withKey(() => rs256.signToken(key, header, claims));
  };
}

interface Signer {
  readonly key: CryptoKey;
  readonly thumbprint: Thumbprint;
}

async function createSigner(
  { privateKey, thumbprint, certificate }: AvepointCertificate,
  importKey: (pem: string) => Promise<CryptoKey>,
): Promise<Signer> {
  const key =
    typeof privateKey === "string" ? await withKey(() => importKey(signingKeyPem(privateKey))) : privateKey;
  if (certificate === undefined) return { key, thumbprint: readThumbprint(thumbprint) };
  // Of a CryptoKey this shows only where it signs.
  await checkPair(key, certificate);
  return { key, thumbprint: await thumbprintOf(certificate) };
}
