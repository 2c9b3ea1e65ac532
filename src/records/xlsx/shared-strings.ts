import { beyondLimit } from "../zip/archive-error.js";
import type { ZipEntry } from "../zip/directory.js";
import { decodeEscapes } from "./cell-value.js";
import { type Package, partLabel, readPart } from "./package.js";
import { StringTable } from "./string-table.js";
import { parseXml } from "./xml-part.js";
import { XmlToken } from "./xml-token.js";
import type { XmlTokenizer } from "./xml-tokenizer.js";

/**
 * Reads the table of strings that cells refer to. The runs of a rich text are joined; what says how a text is
 * pronounced (`rPh`) is no part of it.
 *
 * @throws ExportError `LIMIT_EXCEEDED`, `DECODE_FAILED`
 */
export async function readSharedStrings(pack: Package, part: ZipEntry): Promise<StringTable> {
  const label = partLabel(pack, part);
  const { maxBufferedBytes, memory } = pack.limits;
  const table = new StringTable(memory, label);
  let text = "";
  let plainTexts = 0;
  let runTexts = 0;
  let isUnreadable = false;
  const check = (): void => {
    if (text.length <= maxBufferedBytes) return;
    throw beyondLimit(
      maxBufferedBytes,
      `${label} has a string longer than maxBufferedBytes allows (${maxBufferedBytes}).`,
    );
  };
  const take = (xml: XmlTokenizer): undefined => {
    for (;;) {
      switch (xml.next()) {
        case XmlToken.more:
          return;
        case XmlToken.text:
          text += xml.text;
          check();
          break;
        case XmlToken.close:
          if (xml.name === "t") xml.keepText = false;
          else if (xml.name === "si" && xml.depth === 1) {
            if (isUnreadable) table.addUnreadable();
            else table.add(decodeEscapes(text));
          }
          break;
        case XmlToken.open:
          if (xml.keepText) isUnreadable = true;
          if (xml.name === "t") {
            xml.keepText = true;
            // A text is one `t`, or runs of one each.
            if ((xml.depth === 3 ? ++plainTexts : ++runTexts) > 1) isUnreadable = true;
          } else if (xml.name === "si" && xml.depth === 2) {
            // Most are a text and nothing else.
            const whole = xml.takeText("<t>", "</t></si>");
            text = whole ?? "";
            plainTexts = 0;
            isUnreadable = false;
            if (whole !== undefined) {
              check();
              table.add(decodeEscapes(whole));
            }
          } else if (xml.name === "r") runTexts = 0;
          else if (xml.depth > 1) xml.skip();
      }
    }
  };
  for await (const _ of parseXml(readPart(pack, part), label, take));
  table.finish();
  return table;
}
