/**
 * What is wrong with a private key for RS256, as far as it shows without reading the PEM, in words that follow the
 * option's name; `undefined` for a sound `CryptoKey`, and for text that may be PKCS#8.
 */
export function signingKeyProblem(value: unknown): string | undefined {
  if (typeof value === "object" && value !== null && "algorithm" in value && "type" in value) {
    return cryptoKeyProblem(value as CryptoKey);
  }
  if (typeof value !== "string" || value.trim() === "") return "must be a PKCS#8 PEM string or a CryptoKey";
  if (value.includes("BEGIN RSA PRIVATE KEY")) {
    return "is PKCS#1; convert it: openssl pkcs8 -topk8 -nocrypt -in key.pem -out key.pkcs8.pem";
  }
  if (value.includes("BEGIN ENCRYPTED PRIVATE KEY"))
    return "is encrypted; decrypt it first: openssl pkcs8 -in key.pem -out key.pkcs8.pem";
  return undefined;
}

function cryptoKeyProblem(key: CryptoKey): string | undefined {
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
