import { archiveError } from "../zip/archive-error.js";
import type { ZipEntry } from "../zip/directory.js";
import { findPart, type Package, readRelationships, visitPart } from "./package.js";

/** A worksheet; chart sheets and macro sheets hold no rows and are left out. */
export interface Worksheet {
  readonly name: string;
  readonly part: ZipEntry;
}

/** What a workbook says about itself. */
export interface Workbook {
  /** In the order of their tabs; hidden ones are there, too. */
  readonly sheets: readonly Worksheet[];
  /** Whether day 0 is 1 January 1904 and not 1900. */
  readonly date1904: boolean;
  readonly sharedStrings?: ZipEntry | undefined;
  readonly styles?: ZipEntry | undefined;
}

const mainPart = "xl/workbook.xml";

/**
 * Finds the parts of a workbook by their relationships: nothing else says reliably how they are called.
 *
 * @throws ExportError `DECODE_FAILED`; `NOT_SUPPORTED` for a binary workbook (.xlsb)
 */
export async function readWorkbook(pack: Package): Promise<Workbook> {
  const { label } = pack.archive;
  const roots = [...(await readRelationships(pack, "")).values()];
  const main = roots.find(({ type }) => type === "officeDocument")?.target ?? mainPart;
  if (main.endsWith(".bin")) {
    throw archiveError("NOT_SUPPORTED", `${label} is a binary workbook (.xlsb), which is not read.`);
  }
  const part = findPart(pack, main);
  if (!part) throw archiveError("DECODE_FAILED", `${label} has no workbook part (${main}).`);

  const relationships = await readRelationships(pack, main);
  const found: { readonly name: string; readonly id: string }[] = [];
  let date1904 = false;
  await visitPart(pack, part, (xml) => {
    switch (xml.name) {
      case "AlternateContent":
      case "extLst":
        xml.skip();
        break;
      case "workbookPr":
        date1904 = /^(1|true)$/.test(xml.attribute("date1904") ?? "");
        break;
      case "sheet":
        if (xml.parent === "sheets")
          found.push({ name: xml.attribute("name") ?? "", id: xml.attribute("id", true) ?? "" });
    }
  });
  const sheets = found.flatMap(({ name, id }): Worksheet[] => {
    const relationship = relationships.get(id);
    if (!relationship)
      throw archiveError("DECODE_FAILED", `${label} does not say where its sheet "${name}" is.`);
    if (relationship.type !== "worksheet") return [];
    const sheet = findPart(pack, relationship.target);
    if (!sheet) throw archiveError("DECODE_FAILED", `${label} lacks the part of its sheet "${name}".`);
    return [{ name, part: sheet }];
  });
  const partOf = (type: string): ZipEntry | undefined => {
    const relationship = [...relationships.values()].find((candidate) => candidate.type === type);
    return relationship && findPart(pack, relationship.target);
  };
  return { sheets, date1904, sharedStrings: partOf("sharedStrings"), styles: partOf("styles") };
}
