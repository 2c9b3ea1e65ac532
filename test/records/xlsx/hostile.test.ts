import { describe, expect, it } from "vitest";
import { zip } from "../zip/zip-writer.js";
import { codeOf, decodeAll } from "./decode.js";
import { type Cell, workbookMembers, xlsx } from "./workbook-writer.js";

const one = (rows: readonly (readonly Cell[])[]) => [{ name: "S", rows }];

describe("hostile workbooks", () => {
  const sheet = (content: string) =>
    xlsx({ sheets: one([]), parts: { "xl/worksheets/sheet1.xml": content } });

  it("a document type in any part", async () => {
    const bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>';
    expect(await codeOf(decodeAll(sheet(`${bomb}<worksheet/>`)))).toBe("DECODE_FAILED");
    for (const name of [
      "xl/workbook.xml",
      "_rels/.rels",
      "xl/_rels/workbook.xml.rels",
      "xl/sharedStrings.xml",
      "xl/styles.xml",
    ]) {
      const sound = workbookMembers({ sheets: one([["x"]]), shared: true, styles: "<cellXfs/>" });
      const text = String(sound.find((member) => member.name === name)?.data).replace(/^<\?xml.*\?>\n/, "");
      const bytes = zip([...sound.filter((member) => member.name !== name), { name, data: bomb + text }]);
      expect(await codeOf(decodeAll(bytes))).toBe("DECODE_FAILED");
    }
  });

  it("XML that ends too early, with a right CRC-32", async () => {
    expect(await codeOf(decodeAll(sheet("<worksheet><sheetData><row>")))).toBe("DECODE_FAILED");
    expect(await codeOf(decodeAll(sheet("")))).toBe("DECODE_FAILED");
  });

  it("damage is told from nonsense", async () => {
    const members = workbookMembers({ sheets: one([["x"]]), stored: true }).map((member) =>
      member.name === "xl/worksheets/sheet1.xml" ? { ...member, crc32: 1 } : member,
    );
    expect(await codeOf(decodeAll(zip(members)))).toBe("INTEGRITY");
    const broken = members.map((member) =>
      member.name === "xl/worksheets/sheet1.xml" ? { ...member, data: "<worksheet><sheetData></x>" } : member,
    );
    expect(await codeOf(decodeAll(zip(broken)))).toBe("INTEGRITY");
  });

  it("a binary workbook", async () => {
    const parts = {
      "_rels/.rels":
        '<Relationships><Relationship Id="a" Type="x/officeDocument" Target="xl/workbook.bin"/></Relationships>',
    };
    expect(await codeOf(decodeAll(xlsx({ sheets: one([["x"]]), parts })))).toBe("NOT_SUPPORTED");
  });
});
