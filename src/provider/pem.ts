const MARKER = /-----(BEGIN|END) ([A-Z0-9 ]{1,64})-----/;

/** One part of a PEM text (RFC 7468): between its BEGIN and END lines, Base64 without what is around it. */
export interface PemSection {
  /** What stands behind `BEGIN`, such as `PRIVATE KEY`. */
  readonly label: string;
  /** What stands between the lines, in Base64. */
  readonly body: string;
}

/**
 * The sections of a PEM text as people have it: with CRLF, indented, with its line breaks missing or written out as `\n`
 * (environment variables, JSON), in quotes, or after the "Bag Attributes" that OpenSSL puts before them.
 *
 * @example
 * ```ts
 * pemSections("-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----");
 * // [{ label: "CERTIFICATE", body: "MIIB" }]
 * ```
 */
export function pemSections(text: string): readonly PemSection[] {
  // Text, word, label, text, word, label, … A pattern over a whole section would take quadratic time.
  const parts = text.split(MARKER);
  const sections: PemSection[] = [];
  for (let at = 1; at + 4 < parts.length; at += 3) {
    const [begin, label = "", body = "", end, same] = parts.slice(at, at + 5);
    if (begin === "BEGIN" && end === "END" && same === label) {
      sections.push({ label, body: body.replace(/\\+[rn]?|\s/g, "") });
    }
  }
  return sections;
}

/**
 * The body of the first section of that name.
 *
 * @example
 * ```ts
 * pemBody("-----BEGIN CERTIFICATE----- MIIB -----END CERTIFICATE-----", "CERTIFICATE"); // "MIIB"
 * ```
 */
export function pemBody(text: string, label: string): string | undefined {
  return pemSections(text).find((section) => section.label === label)?.body;
}

/**
 * The text as tools write it.
 *
 * @example
 * ```ts
 * cleanPem("-----BEGIN CERTIFICATE----- MIIB -----END CERTIFICATE-----", "CERTIFICATE");
 * // "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
 * ```
 */
export function cleanPem(text: string, label: string): string {
  return `-----BEGIN ${label}-----\n${pemBody(text, label) ?? ""}\n-----END ${label}-----`;
}

/**
 * The bytes of a section as a string, one character each; `undefined` where it is no Base64.
 *
 * @example
 * ```ts
 * derOf(btoa("the bytes")); // "the bytes"
 * ```
 */
export function derOf(body: string): string | undefined {
  try {
    return atob(body);
  } catch {
    return undefined;
  }
}

/**
 * What must never be shown of a key: all of it, and each part that a message could quote.
 *
 * @example
 * ```ts
 * const secrets = () => keySecrets(privateKey);
 * ```
 */
export function keySecrets(pem: string): readonly string[] {
  const bodies = pemSections(pem).map(({ body }) => body);
  // Also in the lines that tools make of it, however it was given.
  const lines = [...pem.split(/\\[rn]|\s+/), ...bodies.flatMap((body) => body.match(/.{1,64}/g) ?? [])];
  return [...new Set([pem, ...bodies, ...lines.filter((line) => line.length >= 16)])];
}
