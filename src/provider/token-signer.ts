import { loadPart } from "../model/load-part.js";
import { signingKeyPem, type WebCryptoKey } from "./signing-key.js";

/** Signs JSON Web Tokens by one RSA key (RS256). */
export interface TokenSigner {
  /** The key as it was read. */
  key(): Promise<WebCryptoKey>;
  /** A signed token; times in `claims` are seconds since the epoch. */
  sign(
    header: { readonly [name: string]: string },
    claims: { readonly [name: string]: string | number },
  ): Promise<string>;
}

/**
 * A signer by a private key: PKCS#8 PEM, or a `CryptoKey` that may sign RS256. What signs is loaded with the first token.
 *
 * @param unusable - the error where the key does not sign. What the runtime says of it is left out: it may quote the key
 * @example
 * ```ts
 * const signer = tokenSigner(privateKey, () => optionError("shop", "privateKey", CANNOT_SIGN));
 * const token = await signer.sign({ kid }, { aud: "shop", exp: Math.floor(now / 1000) + 300 });
 * ```
 */
export function tokenSigner(privateKey: string | WebCryptoKey, unusable: () => Error): TokenSigner {
  let known = typeof privateKey === "string" ? undefined : privateKey;
  const withKey = async <T>(use: () => Promise<T>): Promise<T> => {
    try {
      return await use();
    } catch {
      throw unusable();
    }
  };
  const key = async (): Promise<WebCryptoKey> => {
    const { importKey } = await loadPart(import("./rs256.js"));
    known ??= await withKey(() => importKey(signingKeyPem(String(privateKey))));
    return known;
  };
  return {
    key,
    async sign(header, claims) {
      const { signToken } = await loadPart(import("./rs256.js"));
      const signing = await key();
      return withKey(() => signToken(signing, header, claims));
    },
  };
}
