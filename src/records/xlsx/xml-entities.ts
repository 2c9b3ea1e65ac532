import { archiveError } from "../zip/archive-error.js";

/**
 * Replaces the five predefined entities and numeric character references. There are no others: a document that could
 * declare more is refused, so nothing ever expands.
 *
 * @throws ExportError `DECODE_FAILED`
 */
export function decodeEntities(raw: string, label: string): string {
  let text = "";
  let from = 0;
  for (let at = raw.indexOf("&"); at >= 0; at = raw.indexOf("&", from)) {
    const end = raw.indexOf(";", at);
    const replacement = end < 0 || end - at > 12 ? undefined : characterFor(raw.slice(at + 1, end));
    if (replacement === undefined) {
      throw archiveError("DECODE_FAILED", `${label} uses an XML entity that is unknown or malformed.`);
    }
    text += raw.slice(from, at) + replacement;
    from = end + 1;
  }
  return text + raw.slice(from);
}

function characterFor(name: string): string | undefined {
  switch (name) {
    case "lt":
      return "<";
    case "gt":
      return ">";
    case "amp":
      return "&";
    case "quot":
      return '"';
    case "apos":
      return "'";
  }
  const code = /^#x[0-9A-Fa-f]+$/.test(name)
    ? Number.parseInt(name.slice(2), 16)
    : /^#[0-9]+$/.test(name)
      ? Number.parseInt(name.slice(1), 10)
      : undefined;
  return code !== undefined && isXmlCharacter(code) ? String.fromCodePoint(code) : undefined;
}

/** XML 1.0, production 2. */
function isXmlCharacter(code: number): boolean {
  return (
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff)
  );
}
