import { cleanPem, derOf, pemBody } from "./pem.js";
import { otherKindOf } from "./rsa-der.js";

/**
 * A key of WebCrypto by its shape: `CryptoKey` in the types of browsers and Workers, `webcrypto.CryptoKey` in those of Node,
 * which knows no global of that name.
 */
export interface WebCryptoKey {
  /** `"private"` for a key that signs. */
  readonly type: string;
  /** Whether the runtime gives the key out again; a key that signs need not be. */
  readonly extractable: boolean;
  /** What the key is for: `RSASSA-PKCS1-v1_5` with `SHA-256` for RS256. */
  readonly algorithm: { readonly name: string };
  /** What it may do: `"sign"`. */
  readonly usages: readonly string[];
}

/** What holds a key for RS256: PKCS#8 (RFC 5208). */
const LABEL = "PRIVATE KEY";

/** What is wrong with a key that looked sound and does not sign. The cause is left out: a parser may quote the key. */
export const CANNOT_SIGN =
  "cannot sign RS256; it must be an RSA key of at least 2048 bits, complete and undamaged";

/** The words of keys in other wrappings, by what stands in their BEGIN line. */
const OTHER_FORMS: readonly (readonly [label: string, problem: string])[] = [
  ["RSA PRIVATE KEY", "is PKCS#1; convert it: openssl pkcs8 -topk8 -nocrypt -in key.pem -out key.pkcs8.pem"],
  ["ENCRYPTED PRIVATE KEY", "is encrypted; decrypt it first: openssl pkcs8 -in key.pem -out key.pkcs8.pem"],
  ["OPENSSH PRIVATE KEY", "is in OpenSSH's own form; convert it: ssh-keygen -p -m PKCS8 -f key"],
  ["EC PRIVATE KEY", "must be an RSA key; this one is an EC key"],
  ["DSA PRIVATE KEY", "must be an RSA key; this one is a DSA key"],
  ["PUBLIC KEY", "must be the private key"],
  ["CERTIFICATE", "must be the private key"],
];

/**
 * What is wrong with a private key for RS256, in words that follow the option's name; `undefined` for a sound `CryptoKey`,
 * and for PKCS#8 PEM of an RSA key. Only its first use reads a key whole.
 *
 * @example
 * ```ts
 * signingKeyProblem("-----BEGIN PUBLIC KEY-----"); // "must be the private key"
 * signingKeyProblem(privateKey); // undefined
 * ```
 */
export function signingKeyProblem(value: unknown): string | undefined {
  const problem = keyFormProblem(value);
  if (problem !== undefined || typeof value !== "string") return problem;
  const kind = otherKindOf(signingKeyDer(value));
  return kind === undefined ? undefined : `must be an RSA key; this one is ${kind}`;
}

/**
 * The same, as far as it shows without looking into a PEM.
 *
 * @example
 * ```ts
 * keyFormProblem(""); // "must be a PKCS#8 PEM string or a CryptoKey"
 * ```
 */
export function keyFormProblem(value: unknown): string | undefined {
  if (typeof value === "object" && value !== null && "algorithm" in value && "type" in value) {
    return cryptoKeyProblem(value as WebCryptoKey);
  }
  if (typeof value !== "string" || value.trim() === "") return "must be a PKCS#8 PEM string or a CryptoKey";
  const body = pemBody(value, LABEL);
  if (body === undefined) {
    const other = OTHER_FORMS.find(([label]) => value.includes(`BEGIN ${label}-`));
    return other?.[1] ?? "must be PKCS#8 PEM: -----BEGIN PRIVATE KEY----- and so on, to its END line";
  }
  return derOf(body) === undefined
    ? "is damaged: what is between its BEGIN and END lines is not Base64"
    : undefined;
}

/**
 * A sound PEM as jose reads it.
 *
 * @example
 * ```ts
 * signingKeyPem("-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY-----");
 * // "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"
 * ```
 */
export function signingKeyPem(pem: string): string {
  return cleanPem(pem, LABEL);
}

/**
 * The bytes of a sound PEM, one character each.
 *
 * @example
 * ```ts
 * signingKeyDer(privateKey).charCodeAt(0); // 0x30
 * ```
 */
export function signingKeyDer(pem: string): string {
  return derOf(pemBody(pem, LABEL) ?? "") ?? "";
}

function cryptoKeyProblem(key: WebCryptoKey): string | undefined {
  if (key.type !== "private") return "must be a private key";
  const { name, hash } = key.algorithm as {
    readonly name?: string;
    readonly hash?: { readonly name?: string };
  };
  if (name !== "RSASSA-PKCS1-v1_5" || hash?.name !== "SHA-256") {
    return "must be a key for RSASSA-PKCS1-v1_5 with SHA-256 (RS256)";
  }
  return key.usages.includes("sign") ? undefined : "must be a key that may sign";
}
