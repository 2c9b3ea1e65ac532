import { exportPKCS8, exportSPKI, generateKeyPair } from "jose";
import { isDate, isObject, wrongOption } from "../check-options.js";
import {
  bitString,
  der,
  integer,
  nothing,
  objectIdentifier,
  sequence,
  set,
  time,
  timeIn,
  utf8String,
  valuesIn,
} from "./der.js";

/** A certificate and its key, as one registers them with an app. */
export interface AvepointTestCertificate {
  /** PKCS#8 PEM. */
  readonly privateKey: string;
  /** X.509 PEM, signed by itself. */
  readonly certificate: string;
  /** The SHA-1 thumbprint, in upper-case hexadecimal. */
  readonly thumbprint: string;
}

/** Options of {@link generateAvepointCertificate}. */
export interface AvepointCertificatePeriod {
  /** From when on the certificate is good. Default: the year 2020, so that test clocks of any year will do. */
  readonly notBefore?: Date | number | undefined;
  /** Until when it is good. Default: a year from now. */
  readonly notAfter?: Date | number | undefined;
}

const YEAR_MS = 365 * 86_400_000;

/**
 * Makes a fresh 2048-bit RSA key and a certificate for it. The emulator refuses to sign in with a certificate outside of its
 * period, as a token endpoint does.
 *
 * @example
 * ```ts
 * const { privateKey, certificate } = await generateAvepointCertificate();
 * const emulator = createAvepointEmulator({ clients: [{ clientId: "app", certificates: [certificate] }] });
 * const access = avepoint({ dataCenter: "us", clientId: "app", certificate: { privateKey, certificate } });
 * ```
 */
export async function generateAvepointCertificate(
  period: AvepointCertificatePeriod = {},
): Promise<AvepointTestCertificate> {
  const notBefore = timeOf("notBefore", period, Date.UTC(2020, 0, 1));
  const notAfter = timeOf("notAfter", period, Date.now() + YEAR_MS);
  const pair = await generateKeyPair("RS256", { modulusLength: 2048, extractable: true });
  const algorithm = sequence(objectIdentifier("1.2.840.113549.1.1.11"), nothing());
  const name = sequence(set(sequence(objectIdentifier("2.5.4.3"), utf8String("emulated app"))));
  const toBeSigned = sequence(
    der(0xa0, integer(Uint8Array.of(2))),
    integer(crypto.getRandomValues(new Uint8Array(16)).map((byte, index) => (index === 0 ? byte | 1 : byte))),
    algorithm,
    name,
    sequence(time(notBefore), time(notAfter)),
    name,
    derOfPem(await exportSPKI(pair.publicKey)),
  );
  const signed = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", pair.privateKey, toBeSigned as BufferSource);
  const certificate = sequence(toBeSigned, algorithm, bitString(new Uint8Array(signed)));
  return {
    privateKey: await exportPKCS8(pair.privateKey),
    certificate: pemOf("CERTIFICATE", certificate),
    thumbprint: await thumbprintOf(certificate),
  };
}

function timeOf(field: keyof AvepointCertificatePeriod, period: AvepointCertificatePeriod, standard: number) {
  const given = isObject(period) ? (period[field] ?? standard) : undefined;
  const ms = typeof given === "number" || isDate(given) ? new Date(given).getTime() : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw wrongOption("generateAvepointCertificate", field, "must be a Date, or ms since the epoch");
}

/** SHA-1 of the DER, in upper-case hexadecimal. */
export async function thumbprintOf(certificate: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", certificate as BufferSource));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
}

/** From when until when a certificate is good, in ms (RFC 5280 section 4.1). */
export function periodOf(certificate: Uint8Array): { readonly notBefore: number; readonly notAfter: number } {
  const [toBeSigned] = valuesIn(valuesIn(certificate)[0]?.contents ?? certificate);
  const fields = valuesIn(toBeSigned?.contents ?? certificate);
  // A certificate of version 1 does not name its version.
  const period = fields[fields[0]?.tag === 0xa0 ? 4 : 3];
  const [notBefore, notAfter] = valuesIn(period?.contents ?? certificate).map(timeIn);
  return { notBefore: notBefore ?? Number.NaN, notAfter: notAfter ?? Number.NaN };
}

export function derOfPem(pem: string): Uint8Array {
  const base64 = pem.replace(/-----[A-Z ]+-----|\s/g, "");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function pemOf(label: string, bytes: Uint8Array): string {
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return `-----BEGIN ${label}-----\n${base64.replace(/.{1,64}/g, "$&\n")}-----END ${label}-----\n`;
}
