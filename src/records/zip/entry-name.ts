import { archiveError } from "./archive-error.js";

/** The upper half of code page 437, the character set of names that are not marked as UTF-8. */
const codePage437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ";

/**
 * The name of a member, decoded and checked. Names that lead out of the archive are refused although nothing is
 * written to disk here: an archive that holds one was made to attack whoever unpacks it.
 *
 * @throws ExportError `DECODE_FAILED`
 */
export function readEntryName(raw: Uint8Array, isUtf8: boolean, label: string): string {
  const name = decode(raw, isUtf8);
  if (name === undefined)
    throw archiveError("DECODE_FAILED", `${label} has a member whose name is not valid UTF-8.`);
  const reason = whyUnsafe(name);
  if (reason !== undefined) {
    throw archiveError("DECODE_FAILED", `${label} has a member whose name ${reason}; it may be an attack.`, {
      details: { member: name.slice(0, 200) },
    });
  }
  return name;
}

function decode(raw: Uint8Array, isUtf8: boolean): string | undefined {
  try {
    // Many writers put UTF-8 and forget the mark, so it is tried first in any case.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    if (isUtf8) return undefined;
    return Array.from(raw, (byte) =>
      byte < 0x80 ? String.fromCharCode(byte) : codePage437[byte - 0x80],
    ).join("");
  }
}

function whyUnsafe(name: string): string | undefined {
  if (name === "") return "is empty";
  if (name.includes("\\")) return "holds a backslash";
  if (name.startsWith("/") || /^[A-Za-z]:/.test(name)) return "is an absolute path";
  if (name.split("/").includes("..")) return "climbs out of the archive";
  for (let index = 0; index < name.length; index++) {
    if (name.charCodeAt(index) < 0x20) return "holds a control character";
  }
  return undefined;
}
