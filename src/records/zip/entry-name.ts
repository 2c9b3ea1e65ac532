import { archiveError } from "./archive-error.js";

/** What code page 437 shows for the bytes that are control characters elsewhere, from 1 on. */
const CODE_PAGE_437_SIGNS = "☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼";
/** The upper half of code page 437, the character set of names that are not marked as UTF-8. */
const CODE_PAGE_437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

/** How the directory writes the name of a member. */
export interface WrittenName {
  readonly raw: Uint8Array;
  /** Whether it is marked as UTF-8. */
  readonly isUtf8: boolean;
  /** The name in the Unicode Path field, where that belongs to this one. */
  readonly unicode: string | undefined;
}

/**
 * The name of a member in one form, folders parted by `/`, and checked. Names that lead out of the archive are refused
 * although nothing is written to disk here: an archive that holds one was made to attack whoever unpacks it.
 *
 * @throws ExportError `DECODE_FAILED`
 */
export function readEntryName(
  { raw, isUtf8, unicode }: WrittenName,
  label: string,
): { readonly name: string; readonly otherName?: string } {
  const stated = decode(raw, isUtf8 && unicode === undefined);
  if (stated === undefined)
    throw archiveError("DECODE_FAILED", `${label} has a member whose name is not valid UTF-8.`);
  // A program that unpacks the archive may know only the one name or only the other.
  for (const name of unicode === undefined ? [stated] : [stated, unicode]) {
    const reason = whyUnsafe(name.replaceAll("\\", "/"));
    if (reason === undefined) continue;
    throw archiveError("DECODE_FAILED", `${label} has a member whose name ${reason}; it may be an attack.`, {
      details: { member: name.slice(0, 200) },
    });
  }
  if (unicode === undefined) return { name: inOneForm(stated) };
  return { name: inOneForm(unicode), otherName: inOneForm(stated) };
}

/** The name in one form, whether it is safe or not; `undefined` where it is not text. */
export function plainName(raw: Uint8Array, isUtf8: boolean): string | undefined {
  const name = decode(raw, isUtf8);
  return name === undefined ? undefined : inOneForm(name);
}

/** With `/` for the `\` that .NET writes, and without what says nothing: a slash in front, `./`, an empty folder. */
function inOneForm(name: string): string {
  return name.replaceAll("\\", "/").replace(/(^|\/)(?:\.?\/)+/g, "$1");
}

/** Many writers put UTF-8 and forget the mark, so it is tried first in any case. */
function decode(raw: Uint8Array, isUtf8: boolean): string | undefined {
  const name = decodeUtf8(raw);
  if (isUtf8) return name;
  const text =
    name ??
    Array.from(raw, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : CODE_PAGE_437[byte - 0x80])).join(
      "",
    );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
  return text.replace(/[\x01-\x1f]/g, (sign) => CODE_PAGE_437_SIGNS[sign.charCodeAt(0) - 1] ?? sign);
}

/** @returns `undefined` where the bytes are not UTF-8 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function whyUnsafe(path: string): string | undefined {
  if (path.startsWith("//") || /^\/?[A-Za-z]:/.test(path)) return "is an absolute path";
  if (path.split("/").includes("..")) return "climbs out of the archive";
  for (let index = 0; index < path.length; index++) {
    if (path.charCodeAt(index) < 0x20) return "holds a control character";
  }
  return undefined;
}
