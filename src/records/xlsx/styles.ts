import { archiveError } from "../zip/archive-error.js";
import type { ZipEntry } from "../zip/directory.js";
import { builtinKind, formatKind, type NumberKind } from "./number-format.js";
import { checkCount, type Package, partLabel, visitPart } from "./package.js";

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
