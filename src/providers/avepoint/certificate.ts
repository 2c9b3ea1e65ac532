import { optionError } from "../../provider/options.js";
import { derOf, pemBody, pemSections } from "../../provider/pem.js";
import { isCertificateOf, publicKeyIn } from "../../provider/rsa-der.js";
import {
  CANNOT_SIGN,
  signingKeyDer,
  signingKeyProblem,
  type WebCryptoKey,
} from "../../provider/signing-key.js";
import { toHex } from "../../provider/values.js";

/** The SHA-1 thumbprint of a certificate: not a matter of security here, only the name the vendor files it under. */
export interface Thumbprint {
  /** In upper-case hexadecimal, as `kid` has it. */
  readonly hex: string;
  /** In base64url, as `x5t` has it (RFC 7515 section 4.1.7). */
  readonly base64url: string;
}

/** The thumbprint as written down: with colons, blanks and small letters, as tools and portals show it. */
export function readThumbprint(text: string): Thumbprint {
  const hex = bareHex(text).toUpperCase();
  const bytes = (hex.match(/../g) ?? []).map((pair) => String.fromCharCode(Number.parseInt(pair, 16)));
  const base64 = btoa(bytes.join(""));
  return {
    hex,
    base64url: base64
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replace(/={1,2}$/, ""),
  };
}

/** Computes the thumbprint of the first certificate in a PEM text. */
export async function thumbprintOf(pem: string): Promise<Thumbprint> {
  const digest = await crypto.subtle.digest("SHA-1", bytesOf(certificateDer(pem) ?? ""));
  return readThumbprint(toHex(digest));
}

/** Why a value is not a thumbprint; `undefined` where it is one. */
export function thumbprintProblem(value: unknown): string | undefined {
  return typeof value === "string" && /^[0-9a-f]{40}$/i.test(bareHex(value))
    ? undefined
    : "must be a SHA-1 thumbprint: 40 hexadecimal digits";
}

/** Why a value is not a certificate; `undefined` where it looks like one. */
export function certificateProblem(value: unknown): string | undefined {
  if (typeof value !== "string") return "must be a PEM string";
  if (value.includes("PRIVATE KEY")) return "must be the certificate alone, without the private key";
  if (certificateDer(value) !== undefined) return undefined;
  const [section] = pemSections(value);
  if (section?.label === LABEL)
    return "is damaged: what is between its BEGIN and END lines is not a certificate";
  const what = section ? `, not ${section.label}` : "";
  return `must be PEM: -----BEGIN CERTIFICATE----- and so on, to its END line${what}`;
}

const NO_PAIR = "is not the key of certificate (of the first, where that holds several)";

/** Why a key and its certificate cannot be used together, as far as it shows before they are. */
export function pairProblem({ privateKey, certificate }: AvepointCertificate): string | undefined {
  const problem = signingKeyProblem(privateKey);
  if (problem !== undefined || typeof privateKey !== "string" || certificate === undefined) return problem;
  return isCertificateOf(certificateDer(certificate) ?? "", signingKeyDer(privateKey)) ? undefined : NO_PAIR;
}

/** Throws where a certificate's key does not confirm what the private key signs. */
export async function checkPair(given: WebCryptoKey, certificate: string): Promise<void> {
  const spki = publicKeyIn(certificateDer(certificate) ?? "");
  const probe = bytesOf("exportkit");
  const { subtle } = crypto;
  const key = given as CryptoKey;
  const isPair =
    spki !== undefined &&
    (await subtle.verify(
      key.algorithm.name,
      await subtle.importKey(
        "spki",
        spki as Uint8Array<ArrayBuffer>,
        { name: key.algorithm.name, hash: "SHA-256" },
        false,
        ["verify"],
      ),
      await subtle.sign(key.algorithm.name, key, probe).catch(() => {
        throw optionError("avepoint", "certificate.privateKey", CANNOT_SIGN);
      }),
      probe,
    ));
  if (!isPair) throw optionError("avepoint", "certificate.privateKey", NO_PAIR);
}

function bareHex(text: string): string {
  // Windows puts an invisible mark before a thumbprint that is copied from its certificate dialog.
  return text.replace(/[\s:\u200e]/g, "");
}

const LABEL = "CERTIFICATE";

/** The first certificate, one character a byte; `undefined` where there is none. It is an ASN.1 SEQUENCE. */
function certificateDer(pem: string): string | undefined {
  const der = derOf(pemBody(pem, LABEL) ?? "");
  return der?.startsWith("0") ? der : undefined;
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The key pair behind a certificate that is registered with the app. */
export type AvepointCertificate = {
  /**
   * PKCS#8 PEM (`BEGIN PRIVATE KEY`), or a `CryptoKey` that may sign RS256. Line breaks may be missing or written as `\n`,
   * as they often are in environment variables; in `certificate` too.
   */
  readonly privateKey: string | WebCryptoKey;
} & (
  | {
      /** The certificate's SHA-1 thumbprint in hexadecimal. */
      readonly thumbprint: string;
      readonly certificate?: undefined;
    }
  | {
      /** The certificate itself as PEM (`BEGIN CERTIFICATE`); the thumbprint is computed from it. */
      readonly certificate: string;
      readonly thumbprint?: undefined;
    }
);
