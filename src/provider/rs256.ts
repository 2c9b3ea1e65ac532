import { importPKCS8, type JWTPayload, SignJWT } from "jose";
import type { WebCryptoKey } from "./signing-key.js";

// Loaded where the first token is signed: a connection with a token or a secret needs none of it.

const ALGORITHM = "RS256";

/** The key in a sound PKCS#8 PEM. */
export function importKey(pem: string): Promise<WebCryptoKey> {
  return importPKCS8(pem, ALGORITHM);
}

/** A signed JSON Web Token; times in seconds since the epoch. */
export function signToken(
  key: WebCryptoKey,
  header: { readonly [name: string]: string },
  claims: JWTPayload,
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: ALGORITHM, typ: "JWT", ...header })
    .sign(key as CryptoKey);
}
