import { base64url, importPKCS8 } from "jose";
import { ExportError } from "../../errors.js";
import { signingKeyProblem } from "../signing-key.js";

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
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return { hex, base64url: base64url.encode(bytes) };
}

/** Computes the thumbprint of the first certificate in a PEM text. */
export async function thumbprintOf(pem: string): Promise<Thumbprint> {
  const der = derOf(pem);
  if (!der) throw invalid("certificate.certificate", "is no readable certificate");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", der));
  return readThumbprint(Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join(""));
}

export async function importKey(pem: string): Promise<CryptoKey> {
  try {
    return await importPKCS8(pem.trim(), "RS256");
  } catch {
    // The cause is left out: a parser's message may quote the key.
    throw invalid("certificate.privateKey", "is no readable PKCS#8 PEM of an RSA key");
  }
}

/** Why a value is no thumbprint; `undefined` where it is one. */
export function thumbprintProblem(value: unknown): string | undefined {
  return typeof value === "string" && /^[0-9a-f]{40}$/i.test(bareHex(value))
    ? undefined
    : "must be a SHA-1 thumbprint: 40 hexadecimal digits";
}

/** Why a value is no certificate; `undefined` where it looks like one. */
export function certificateProblem(value: unknown): string | undefined {
  if (typeof value !== "string") return "must be a PEM string";
  if (value.includes("PRIVATE KEY")) return "must be the certificate alone, without the private key";
  return derOf(value)
    ? undefined
    : "must be PEM: -----BEGIN CERTIFICATE----- and so on, with its line breaks";
}

/** Why a value is no private key for RS256; `undefined` where it looks like one. */
export function keyProblem(value: unknown): string | undefined {
  const problem = signingKeyProblem(value);
  if (problem !== undefined || typeof value !== "string") return problem;
  return /^\s*-----BEGIN PRIVATE KEY-----[\s\S]+-----END PRIVATE KEY-----\s*$/.test(value)
    ? undefined
    : "must be the private key alone as PKCS#8 PEM: -----BEGIN PRIVATE KEY----- and so on, with its line breaks";
}

function bareHex(text: string): string {
  // Windows puts an invisible mark before a thumbprint that is copied from its certificate dialog.
  return text.replace(/[\s:\u200e]/g, "");
}

function derOf(pem: string): Uint8Array<ArrayBuffer> | undefined {
  const body = /-----BEGIN CERTIFICATE-----([\sA-Za-z0-9+/=]+)-----END CERTIFICATE-----/.exec(pem)?.[1];
  if (body === undefined) return undefined;
  try {
    const der = Uint8Array.from(atob(body.replace(/\s/g, "")), (character) => character.charCodeAt(0));
    // A certificate is an ASN.1 SEQUENCE.
    return der[0] === 0x30 ? der : undefined;
  } catch {
    return undefined;
  }
}

function invalid(field: string, problem: string): ExportError {
  return new ExportError("CONFIG_INVALID", `avepoint: ${field}: ${problem}`, {
    provider: "avepoint",
    details: { field },
  });
}
