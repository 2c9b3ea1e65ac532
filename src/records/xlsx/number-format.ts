import { archiveError } from "../zip/archive-error.js";
import type { ZipEntry } from "../zip/directory.js";
import { checkCount, type Package, partLabel, visitPart } from "./package.js";

/** What a number format makes of a number. */
export type NumberKind = "number" | "date" | "time" | "datetime" | "elapsed";

/**
 * What each cell style (the `s` of a cell) makes of a number.
 *
 * @throws ExportError `DECODE_FAILED`, `LIMIT_EXCEEDED`
 */
export async function readNumberKinds(pack: Package, styles: ZipEntry): Promise<readonly NumberKind[]> {
  const codes = new Map<number, string>();
  const formats: number[] = [];
  await visitPart(pack, styles, (xml) => {
    if (xml.depth === 1 && xml.name !== "styleSheet") {
      throw archiveError(
        "DECODE_FAILED",
        `${partLabel(pack, styles)} is not a style sheet: its root is <${xml.name}>.`,
      );
    }
    // Differential and named styles hold elements of the same names, hence the parents.
    if (xml.name === "numFmt" && xml.parent === "numFmts") {
      codes.set(Number(xml.attribute("numFmtId")), xml.attribute("formatCode") ?? "");
    } else if (xml.name === "xf" && xml.parent === "cellXfs") {
      formats.push(Number(xml.attribute("numFmtId") ?? 0));
    }
    checkCount(pack, styles, Math.max(formats.length, codes.size), "formats");
  });
  const kinds = new Map<number, NumberKind>();
  return formats.map((id) => {
    const code = codes.get(id);
    const kind = kinds.get(id) ?? (code === undefined ? builtinKind(id) : formatKind(code));
    kinds.set(id, kind);
    return kind;
  });
}

/**
 * The formats that are known by number only (ECMA-376 part 1, 18.8.30). What 27 to 36 and 50 to 58 look like depends on
 * the language; all of them are dates, or times of day.
 */
export function builtinKind(id: number): NumberKind {
  if ((id >= 14 && id <= 17) || (id >= 71 && id <= 74) || id === 81) return "date";
  if ((id >= 18 && id <= 21) || id === 32 || id === 33 || id === 45 || id === 47) return "time";
  if (id === 75 || id === 76 || id === 78 || id === 80) return "time";
  if (id === 22 || id === 77) return "datetime";
  if (id === 46 || id === 79) return "elapsed";
  return (id >= 27 && id <= 36) || (id >= 50 && id <= 58) ? "date" : "number";
}

/**
 * Pieces of a format in which letters mean nothing: quoted text, a character behind `\`, `_` or `*`, the word General (also
 * as East Asian writers put it), exponents, and brackets (colours, conditions, locales) other than elapsed time.
 */
const meaningless =
  /"[^"]*"?|[\\_*].?|\[(?!(?:h+|m+|s+)\])[^\]]*\]?|general|g\/(?:通用格式|標準|표준)|e[+-]/gis;
const elapsed = /\[(?:h+|m+|s+)\]/i;
const fraction = /(s\]?)\.0+/gi;
const meridiem = /am\/pm|a\/p|上午\/下午/gi;

/**
 * What a format code shows. Its sections (positive; negative; zero; text) are taken together: a date stays a date
 * where one of them says so.
 */
export function formatKind(code: string): NumberKind {
  let hasDate = false;
  let hasTime = false;
  let hasElapsed = false;
  for (const section of code
    .replace(meaningless, (piece) => (piece.startsWith('"') ? '"' : " "))
    .split(";")) {
    const letters = section.replace(fraction, "$1");
    // Digits beside letters: "0.00 USD", written by hand and without the quotes it needs.
    if (/[0#?]/.test(letters) || isWord(letters.trim())) continue;
    hasElapsed ||= elapsed.test(letters);
    const plain = letters.replace(elapsed, "h").replace(meridiem, "h");
    hasTime ||= /[hs]/i.test(plain);
    hasDate ||= /[ydbge]|a{3}/i.test(plain) || hasMonth(plain);
  }
  if (hasElapsed) return "elapsed";
  if (hasDate) return hasTime ? "datetime" : "date";
  return hasTime ? "time" : "number";
}

/**
 * A word and no date, such as "Standard": what General is called in other languages, which some writers put in its place.
 * Of other scripts no letter stands for a part of a date, and `yyyy年m月d日` is one.
 */
function isWord(section: string): boolean {
  return /^\p{Script=Latin}{4,}$/u.test(section) && /[^ymdhsgebat]/iu.test(section);
}

/** `m` is a minute behind an hour and before a second, and else a month. */
function hasMonth(section: string): boolean {
  const units = section
    .replace(/[^ydhmsbge]/gi, "")
    .toLowerCase()
    .replace(/(.)\1+/g, "$1");
  for (let index = 0; index < units.length; index++) {
    if (units[index] === "m" && units[index - 1] !== "h" && units[index + 1] !== "s") return true;
  }
  return false;
}
