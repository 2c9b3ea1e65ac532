import { checkFunctions, checkTexts } from "../model/wrong-option.js";
import type { TokenSigner } from "./token-signer.js";

/** What a client assertion is made of. */
export interface ClientAssertionOptions {
  /** The client's id, which is issuer and subject of the assertion. */
  readonly clientId: string;
  /** To whom the assertion is addressed: the token endpoint. */
  readonly tokenUrl: string;
  /** Signs the assertion. */
  readonly signer: TokenSigner;
  /** What the header names the key by, such as `{ kid }` or `{ x5t }`. */
  readonly header: () => Promise<{ readonly [name: string]: string }>;
}

const CALL = "clientAssertion";

const LIFETIME_S = 300;

/**
 * Signs what proves to a token endpoint that this client holds its private key: `private_key_jwt` as OpenID Connect calls
 * it (RFC 7523), good for five minutes and for one request. For `assertion` of `clientCredentials`.
 *
 * @returns the assertion for a time in ms since the epoch
 * @example
 * ```ts
 * const signer = tokenSigner(privateKey, () => optionError("shop", "privateKey", CANNOT_SIGN));
 * const assertion = clientAssertion({ clientId, tokenUrl, signer, header: async () => ({ kid }) });
 * const authorize = clientCredentials({ vendor: "Shop", tokenUrl, clientId, assertion });
 * (await assertion(now)).split(".").length; // 3
 * ```
 *
 * @throws `CONFIG_INVALID`, naming the option that is missing
 */
export function clientAssertion(options: ClientAssertionOptions): (now: number) => Promise<string> {
  checkTexts(CALL, options, "clientId", "tokenUrl");
  const { clientId, tokenUrl, signer } = options;
  checkFunctions(CALL, "signer", signer, ["sign"], "what tokenSigner made");
  checkFunctions(CALL, "header", options, ["header"], "a function");
  return async (now) => {
    const header = await options.header();
    const seconds = Math.floor(now / 1000);
    return signer.sign(header, {
      iss: clientId,
      sub: clientId,
      aud: tokenUrl,
      jti: crypto.randomUUID(),
      nbf: seconds,
      exp: seconds + LIFETIME_S,
    });
  };
}
