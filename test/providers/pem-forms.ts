import { generateKeyPairSync } from "node:crypto";

/** PEM as people have it: what environment variables, files and tools make of it. */
export const pemForms: readonly (readonly [string, (pem: string) => string])[] = [
  ["as it is", (pem) => pem],
  ["with CRLF", (pem) => pem.replaceAll("\n", "\r\n")],
  ["with \\n written out, as environment variables often hold it", (pem) => pem.replaceAll("\n", "\\n")],
  ["with \\r\\n written out", (pem) => pem.replaceAll("\n", "\\r\\n")],
  ["with \\n written out twice", (pem) => pem.replaceAll("\n", "\\\\n")],
  ["with lines that continue after a backslash", (pem) => pem.replaceAll("\n", "\\\n")],
  ["with no line breaks at all", (pem) => pem.replaceAll("\n", "")],
  ["with spaces for line breaks", (pem) => pem.replaceAll("\n", " ")],
  ["indented", (pem) => pem.replaceAll("\n", "\n    ")],
  ["with white space around it", (pem) => `\ufeff \r\n\t${pem}\n\u00a0 \n`],
  ["in quotes", (pem) => `"${pem.replaceAll("\n", "\\n")}"`],
  ["after other lines", (pem) => `Bag Attributes\n    friendlyName: x\nKey Attributes: <none>\n${pem}`],
];

const pkcs8 = { type: "pkcs8", format: "pem" } as const;
const ec = () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const rsa = () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;

/** Keys of which none can sign RS256 as it is, each with what its refusal must say. */
export const unfitKeys: readonly (readonly [string, () => string, RegExp])[] = [
  ["an elliptic curve", () => ec().export(pkcs8).toString(), /must be an RSA key; this one is an EC key/],
  ["an elliptic curve in SEC 1", () => ec().export({ type: "sec1", format: "pem" }).toString(), /an EC key/],
  [
    "an elliptic curve, as openssl ecparam writes it",
    () =>
      `-----BEGIN EC PARAMETERS-----\nBgg=\n-----END EC PARAMETERS-----\n${ec().export({ type: "sec1", format: "pem" })}`,
    /an EC key/,
  ],
  [
    "an elliptic curve, with \\n written out",
    () => ec().export(pkcs8).toString().replaceAll("\n", "\\n"),
    /must be an RSA key; this one is an EC key/,
  ],
  [
    "Ed25519",
    () => generateKeyPairSync("ed25519").privateKey.export(pkcs8).toString(),
    /RSA key.* an Ed25519 key/,
  ],
  ["Ed448", () => generateKeyPairSync("ed448").privateKey.export(pkcs8).toString(), /RSA key.* an Ed448 key/],
  [
    "X25519",
    () => generateKeyPairSync("x25519").privateKey.export(pkcs8).toString(),
    /RSA key.* another kind/,
  ],
  [
    "RSA-PSS",
    () => generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).privateKey.export(pkcs8).toString(),
    /RSA key.* an RSA-PSS key/,
  ],
  [
    "DSA",
    () =>
      generateKeyPairSync("dsa", { modulusLength: 2048, divisorLength: 224 })
        .privateKey.export(pkcs8)
        .toString(),
    /RSA key.* a DSA key/,
  ],
  [
    "PKCS#1",
    () => rsa().export({ type: "pkcs1", format: "pem" }).toString(),
    /is PKCS#1; convert it: openssl pkcs8/,
  ],
  [
    "PKCS#1, with \\n written out",
    () => rsa().export({ type: "pkcs1", format: "pem" }).toString().replaceAll("\n", "\\n"),
    /is PKCS#1/,
  ],
  [
    "an encrypted form",
    () =>
      rsa()
        .export({ ...pkcs8, cipher: "aes-256-cbc", passphrase: "secret" })
        .toString(),
    /is encrypted; decrypt it first: openssl pkcs8/,
  ],
  [
    "OpenSSH's own form",
    () => "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----",
    /OpenSSH.*ssh-keygen -p -m PKCS8/,
  ],
  [
    "the public half",
    () =>
      generateKeyPairSync("rsa", { modulusLength: 2048 })
        .publicKey.export({ type: "spki", format: "pem" })
        .toString(),
    /must be the private key/,
  ],
  ["a certificate", () => "-----BEGIN CERTIFICATE-----\nMIIB", /must be the private key/],
  ["no PEM at all", () => "/etc/keys/app.pem", /must be PKCS#8 PEM: -----BEGIN PRIVATE KEY-----/],
  ["no END line", () => rsa().export(pkcs8).toString().slice(0, -30), /to its END line/],
  ["no Base64", () => rsa().export(pkcs8).toString().replace(/\n(.)/, "\n§"), /is not Base64/],
];
