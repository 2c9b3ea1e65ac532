import { importPKCS8, type JWTPayload, SignJWT } from "jose";

// Loaded where the first token is signed: who gives a token or a secret has no use for it.

const ALGORITHM = "RS256";

/** The key in a sound PKCS#8 PEM. */
export function importKey(pem: string): Promise<CryptoKey> {
  return importPKCS8(pem, ALGORITHM);
}

/** A signed JSON Web Token; times in seconds since the epoch. */
export function signToken(
  key: CryptoKey,
  header: { readonly [name: string]: string },
  claims: JWTPayload,
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: ALGORITHM, typ: "JWT", ...header }).sign(key);
}
