import { archiveError } from "../zip/archive-error.js";
import type { ZipEntry } from "../zip/directory.js";
import {
  checkCount,
  findPart,
  type Package,
  partLabel,
  partOf,
  readRelationships,
  visitPart,
} from "./package.js";

/** A worksheet; chart sheets and macro sheets hold no rows and are left out. */
export interface Worksheet {
  readonly name: string;
  /** Absent where the workbook lists a sheet and does not have it. */
  readonly part: ZipEntry | undefined;
}

/** What a workbook says about itself. */
export interface Workbook {
  /** In the order of their tabs; hidden ones are there, too. */
  readonly sheets: readonly Worksheet[];
  /** Whether day 0 is 1 January 1904 and not 1900. */
  readonly date1904: boolean;
  readonly sharedStrings?: ZipEntry | undefined;
  readonly styles?: ZipEntry | undefined;
  /** Whether it names a part of styles and does not have it. */
  readonly lacksStyles: boolean;
  /** What is said to be there and is not, as sentences. */
  readonly lacks: readonly string[];
}

const mainPart = "xl/workbook.xml";
/** Types of what stands among the sheets and has no rows of values. */
const NO_ROWS = /^(chart|dialog|xl(intl)?macro)sheet$/;
/** Types of what a workbook has beside its sheets. */
const NO_SHEET =
  /^(styles|theme|sharedstrings|externallink(path)?|hyperlink|image|drawing|customxml|customproperty|connections|calcchain|(sheet)?metadata|pivotcachedefinition|volatiledependencies|xmlmaps|usernames|revisionheaders|printersettings|vbaproject)$/;

/**
 * Finds the parts of a workbook by their relationships: nothing else says reliably how they are called.
 *
 * @throws ExportError `DECODE_FAILED`; `NOT_SUPPORTED` for a binary workbook (.xlsb)
 */
export async function readWorkbook(pack: Package): Promise<Workbook> {
  const { label } = pack.archive;
  const roots = [...(await readRelationships(pack, "")).values()];
  const root = roots.find(({ type }) => type === "officedocument");
  const main = root ? root.targets[0] : mainPart;
  if (main === undefined) throw archiveError("DECODE_FAILED", `${label} has two relationships of one id.`);
  if (main.endsWith(".bin")) {
    throw archiveError("NOT_SUPPORTED", `${label} is a binary workbook (.xlsb), which is not read.`);
  }
  const part = findPart(pack, main);
  if (!part && root?.climbs) {
    throw archiveError("DECODE_FAILED", `${label} refers to a part outside of itself; it may be an attack.`);
  }
  if (!part) throw archiveError("DECODE_FAILED", `${label} has no workbook part (${main}).`);

  const relationships = await readRelationships(pack, main);
  const found: { readonly name: string; readonly id: string }[] = [];
  let date1904 = false;
  await visitPart(pack, part, (xml) => {
    if (xml.depth === 1 && xml.name !== "workbook") {
      throw archiveError(
        "DECODE_FAILED",
        `${partLabel(pack, part)} is not a workbook: its root is <${xml.name}>.`,
      );
    }
    switch (xml.name) {
      case "extLst":
        xml.skip();
        break;
      case "workbookPr":
        date1904 = /^\s*(1|true|on)\s*$/i.test(xml.attribute("date1904") ?? "");
        break;
      case "sheet":
        if (xml.parent !== "sheets") break;
        checkCount(pack, part, found.length + 1, "sheets");
        found.push({ name: xml.attribute("name") ?? "", id: xml.attribute("id", true) ?? "" });
    }
  });
  // There has to be one.
  if (found.length === 0) throw archiveError("DECODE_FAILED", `${partLabel(pack, part)} lists no sheet.`);
  const lacks: string[] = [];
  const sheets = found.flatMap(({ name, id }): Worksheet[] => {
    const relationship = relationships.get(id);
    if (!relationship || NO_SHEET.test(relationship.type)) return [{ name, part: undefined }];
    // What it is called otherwise, the part itself says what it is.
    return NO_ROWS.test(relationship.type) ? [] : [{ name, part: partOf(pack, relationship) }];
  });
  const partOfType = (type: string): ZipEntry | undefined => {
    const candidates = [...relationships.values()].filter(
      (candidate) => candidate.type === type.toLowerCase(),
    );
    for (const candidate of candidates) {
      const found = partOf(pack, candidate);
      if (found) return found;
    }
    if (candidates.length > 0) lacks.push(`${label} lacks the part of its ${type}.`);
    return undefined;
  };
  const sharedStrings = partOfType("sharedStrings");
  const others = lacks.length;
  const styles = partOfType("styles");
  return { sheets, date1904, sharedStrings, styles, lacksStyles: lacks.length > others, lacks };
}
