import { signingKeyProblem } from "../signing-key.js";

const BEGIN = "-----BEGIN PRIVATE KEY-----";
const END = "-----END PRIVATE KEY-----";
// rsaEncryption, 1.2.840.113549.1.1.1, as DER writes it; it stands near the beginning of a PKCS#8 RSA key.
const RSA_IDENTIFIER = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";

/** What is wrong with a private key, in words that follow the option's name; `undefined` where nothing is. */
export function privateKeyProblem(value: unknown): string | undefined {
  const problem = signingKeyProblem(value);
  if (problem !== undefined || typeof value !== "string") return problem;
  if (value.includes("PUBLIC KEY") || value.includes("CERTIFICATE")) return "must be the private key";
  const body = pemBody(value);
  if (body === undefined) return "must be PKCS#8 PEM: -----BEGIN PRIVATE KEY----- and so on, to its END line";
  const der = decoded(body);
  if (der === undefined) return "is damaged: what is between its BEGIN and END lines is not Base64";
  return der.slice(0, 64).includes(RSA_IDENTIFIER)
    ? undefined
    : "must be an RSA key; this one is of another kind";
}

/** The same key as PEM without what a shell, a file or an environment variable added. */
export function cleanPem(pem: string): string {
  return `${BEGIN}\n${pemBody(pem) ?? ""}\n${END}`;
}

/** What must never be shown of a key: all of it, and each part that a message could quote. */
export function keySecrets(pem: string): readonly string[] {
  return [pem, pemBody(pem) ?? "", ...pem.split(/\\[rn]|\s+/).filter((line) => line.length >= 16)];
}

/** The Base64 of a PEM in one line. Line breaks may be written as a backslash and a letter. */
function pemBody(pem: string): string | undefined {
  const begin = pem.indexOf(BEGIN);
  const end = pem.indexOf(END, begin + BEGIN.length + 1);
  return begin < 0 || end < 0 ? undefined : pem.slice(begin + BEGIN.length, end).replace(/\\[rn]|\s/g, "");
}

function decoded(base64: string): string | undefined {
  try {
    return atob(base64);
  } catch {
    return undefined;
  }
}
