import { greaterThan, notWellFormed, standsAt } from "./xml-tag.js";

// The markup beside start tags. Each function gets the place of the `<` and says where the markup ends, or -1 where the
// text ends before it does.

/** @throws ExportError `DECODE_FAILED` where it does not close the element of that name */
export function readEndTag(buffer: string, at: number, name: string, label: string): number {
  const plainEnd = at + 2 + name.length;
  const isPlain =
    plainEnd < buffer.length && buffer.charCodeAt(plainEnd) === greaterThan && standsAt(name, buffer, at + 2);
  if (isPlain && name !== "") return plainEnd + 1;
  const end = buffer.indexOf(">", at);
  if (end < 0) return -1;
  if (name === "" || buffer.slice(at + 2, end).trimEnd() !== name) {
    throw notWellFormed(label, "an end tag does not fit its start tag");
  }
  return end + 1;
}

/** A processing instruction, the XML declaration among them. */
export function readInstruction(buffer: string, at: number): number {
  const end = buffer.indexOf("?>", at + 2);
  return end < 0 ? -1 : end + 2;
}

/**
 * What begins with `<!`; `undefined` where more text has to tell.
 *
 * @throws ExportError `DECODE_FAILED` for anything that declares something
 */
export function declarationKind(
  buffer: string,
  at: number,
  isInRoot: boolean,
  label: string,
): "comment" | "cdata" | undefined {
  const start = buffer.slice(at, at + 9);
  if (start.startsWith("<!--")) return "comment";
  if (start === "<![CDATA[" && isInRoot) return "cdata";
  if (start.length < 9 && ("<!--".startsWith(start) || "<![CDATA[".startsWith(start))) return undefined;
  throw notWellFormed(label, "it declares a document type or entities, which are refused");
}
