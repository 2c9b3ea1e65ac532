// rsaEncryption, 1.2.840.113549.1.1.1, as DER writes it, with its tag and length.
const RSA = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
const NULL = "\x05\x00";
const OTHERS: readonly (readonly [kind: string, identifier: string])[] = [
  ["an EC key", "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"],
  ["an RSA-PSS key", "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"],
  ["an Ed25519 key", "\x06\x03\x2b\x65\x70"],
  ["an Ed448 key", "\x06\x03\x2b\x65\x71"],
  ["a DSA key", "\x06\x07\x2a\x86\x48\xce\x38\x04\x01"],
];

/** What kind a PKCS#8 key is of, in words; `undefined` for RSA. The algorithm stands near the beginning. */
export function otherKindOf(der: string): string | undefined {
  const start = der.slice(0, 64);
  if (start.includes(RSA)) return undefined;
  return OTHERS.find(([, identifier]) => start.includes(identifier))?.[0] ?? "of another kind";
}

/**
 * Whether a certificate is for a PKCS#8 RSA key: it then holds the very modulus. `true` where the key is not whole.
 *
 * @example
 * ```ts
 * const der = derOf(pemBody(certificate, "CERTIFICATE") ?? "") ?? "";
 * isCertificateOf(der, signingKeyDer(privateKey)); // true
 * ```
 */
export function isCertificateOf(certificate: string, key: string): boolean {
  // AlgorithmIdentifier, then OCTET STRING { SEQUENCE { version, modulus, … } }.
  const algorithm = key.indexOf(RSA + NULL);
  if (algorithm === -1 || contentOf(key, 0)[1] !== key.length) return true;
  const [version] = contentOf(key, contentOf(key, algorithm + RSA.length + NULL.length)[0]);
  const modulus = contentOf(key, version)[1];
  return certificate.includes(key.slice(modulus, contentOf(key, modulus)[1]));
}

/**
 * The SubjectPublicKeyInfo in the certificate of an RSA key; `undefined` where it has none.
 *
 * @example
 * ```ts
 * const der = derOf(pemBody(certificate, "CERTIFICATE") ?? "") ?? "";
 * publicKeyIn(der)?.[0]; // 0x30
 * ```
 */
export function publicKeyIn(certificate: string): Uint8Array | undefined {
  const algorithm = certificate.indexOf(`\x30\x0d${RSA}${NULL}`);
  // The SEQUENCE around it is a few hundred bytes long, so its header has four bytes.
  const start = algorithm - 4;
  if (algorithm === -1 || certificate.charCodeAt(start) !== 0x30) return undefined;
  return Uint8Array.from(certificate.slice(start, contentOf(certificate, start)[1]), (c) => c.charCodeAt(0));
}

/** Where the content of the DER value at `at` begins, and where it ends. */
function contentOf(der: string, at: number): readonly [start: number, end: number] {
  const short = der.charCodeAt(at + 1);
  if (!(short > 0x80)) return [at + 2, at + 2 + short];
  const start = at + 2 + (short & 0x7f);
  let length = 0;
  for (let index = at + 2; index < start; index++) length = length * 256 + der.charCodeAt(index);
  return [start, start + length];
}
