import { describe, expect, it } from "vitest";
import { memoryArtifact } from "../zip/memory-artifact.js";
import { noise } from "../zip/noise.js";
import { zip } from "../zip/zip-writer.js";
import { codeOf, decodeAll, decodeCells, xlsxArchive } from "./decode.js";
import { type Cell, workbookMembers, xlsx } from "./workbook-writer.js";

const one = (rows: readonly (readonly Cell[])[]) => [{ name: "S", rows }];
const data = (xml: string) => [{ name: "S", data: xml }];

describe("bounds", () => {
  const strings = Array.from({ length: 3000 }, (_, index) => [`string number ${index}`]);

  it("shared strings above what may be held", async () => {
    const bytes = xlsx({ sheets: one(strings), shared: true });
    expect(await codeOf(decodeAll(bytes, { memoryBytes: 60_000 }))).toBe("LIMIT_EXCEEDED");
    expect(await decodeAll(bytes, { memoryBytes: 80_000, headerRow: "none" })).toHaveLength(3000);
    expect(await codeOf(decodeAll(bytes, { maxBufferedBytes: 15_000 }))).toBe("LIMIT_EXCEEDED");
  });

  it("shared strings whose characters take two bytes", async () => {
    const wide = xlsx({ sheets: one(strings.map(([text]) => [`東 ${text}`])), shared: true });
    expect(await codeOf(decodeAll(wide, { memoryBytes: 110_000 }))).toBe("LIMIT_EXCEEDED");
    expect(await decodeAll(wide, { memoryBytes: 150_000, headerRow: "none" })).toHaveLength(3000);
  });

  it("empty shared strings without number", async () => {
    const bytes = xlsx({ sheets: one([["x"]]), sharedXml: "<si/>".repeat(100_000) });
    expect(await codeOf(decodeAll(bytes, { memoryBytes: 300_000 }))).toBe("LIMIT_EXCEEDED");
  });

  it("one string, and one row, above maxBufferedBytes", async () => {
    const long = "long ".repeat(40_000);
    const options = { maxBufferedBytes: 100_000, memoryBytes: 1e9, maxRatio: 1e4 };
    expect(await codeOf(decodeAll(xlsx({ sheets: one([[long]]), shared: true }), options))).toBe(
      "LIMIT_EXCEEDED",
    );
    expect(await codeOf(decodeAll(xlsx({ sheets: one([[long]]) }), options))).toBe("LIMIT_EXCEEDED");
    const pieces = Array.from({ length: 30 }, () => long.slice(0, 5000));
    expect(await codeOf(decodeAll(xlsx({ sheets: one([pieces]) }), options))).toBe("LIMIT_EXCEEDED");
    expect(
      await decodeAll(xlsx({ sheets: one([pieces.slice(0, 15), pieces.slice(0, 15)]) }), options),
    ).toHaveLength(1);
  });

  it("a compressed workbook above what may be held", async () => {
    const inner = zip([
      ...workbookMembers({ sheets: one([["x"]]) }),
      { name: "xl/media/image.png", data: noise(3_000_000) },
    ]);
    const bytes = zip([{ name: "a.xlsx", data: inner }]);
    expect(await codeOf(decodeAll(bytes, { memoryBytes: 2_500_000 }))).toBe("LIMIT_EXCEEDED");
    expect(await decodeCells(bytes, { memoryBytes: 3_500_000 })).toEqual([["x"]]);
    // Held twice for a moment only: the archive's copy goes as the workbook's comes.
    expect(await decodeCells(bytes, { memoryBytes: 4_000_000, artifact: { ranges: false } })).toEqual([
      ["x"],
    ]);
    const stored = zip([{ name: "a.xlsx", data: inner, method: 0 }]);
    expect(await decodeCells(stored, { memoryBytes: 1000 })).toEqual([["x"]]);
  });

  it("a bomb in a sheet", async () => {
    const bytes = xlsx({
      sheets: data(`<row r="1"><c r="A1" t="str"><v>x</v></c></row>${" ".repeat(20_000_000)}`),
    });
    expect(await codeOf(decodeAll(bytes))).toBe("LIMIT_EXCEEDED");
    expect(await codeOf(decodeAll(bytes, { maxRatio: 2000, maxInflatedBytes: 1e6 }))).toBe("LIMIT_EXCEEDED");
    expect(await decodeAll(bytes, { maxRatio: 2000, headerRow: "none" })).toHaveLength(1);
  });

  it("rows whose only cell is in the last column come few at a time", async () => {
    const rows = Array.from(
      { length: 300 },
      (_, y) => `<row r="${y + 1}"><c r="XFD${y + 1}"><v>1</v></c></row>`,
    );
    let count = 0;
    const bytes = xlsx({ sheets: data(rows.join("")) });
    for await (const batch of xlsxArchive().decode(memoryArtifact(bytes), { maxBufferedBytes: 1e6 })) {
      expect(batch.entries.length).toBeLessThanOrEqual(4);
      count += batch.entries.length;
    }
    expect(count).toBe(300);
  });

  it("short rows below a wide header, too", async () => {
    const rows = Array.from(
      { length: 50 },
      (_, y) => `<row r="${y + 2}"><c r="A${y + 2}"><v>1</v></c></row>`,
    );
    const wide = '<row r="1"><c r="XFD1"><v>1</v></c></row>';
    for await (const batch of xlsxArchive({ headerRow: 1 }).decode(
      memoryArtifact(xlsx({ sheets: data(wide + rows.join("")) })),
      { maxBufferedBytes: 1e6 },
    )) {
      expect(batch.entries.length).toBeLessThanOrEqual(4);
    }
  });

  it("one long string that many cells refer to", async () => {
    const cells = (count: number) => '<c t="s"><v>0</v></c>'.repeat(count);
    const sharedXml = `<si><t>${"long ".repeat(10_000)}</t></si>`;
    const wide = xlsx({ sheets: data(`<row>${cells(30)}</row>`), sharedXml });
    expect(await codeOf(decodeAll(wide, { maxRatio: 1e4 }))).toBe("LIMIT_EXCEEDED");
    const tall = xlsx({ sheets: data(`<row>${cells(10)}</row>`.repeat(100)), sharedXml });
    for await (const batch of xlsxArchive({ headerRow: "none" }).decode(memoryArtifact(tall), {
      maxBufferedBytes: 1e6,
    })) {
      expect(batch.entries.length).toBeLessThanOrEqual(3);
    }
  });

  it("a style sheet above maxBufferedBytes", async () => {
    const styles = `<cellXfs>${'<xf numFmtId="0"/>'.repeat(1000)}</cellXfs>`;
    expect(
      await codeOf(decodeAll(xlsx({ sheets: one([["x"]]), styles }), { maxBufferedBytes: 10_000 })),
    ).toBe("LIMIT_EXCEEDED");
    const many = `<cellXfs>${"<xf/>".repeat(70_000)}</cellXfs>`;
    expect(await codeOf(decodeAll(xlsx({ sheets: one([["x"]]), styles: many })))).toBe("LIMIT_EXCEEDED");
  });

  it.each([
    ["sheets", "xl/workbook.xml", "<workbook><sheets>", '<sheet name="S"/>'],
    ["formats", "xl/styles.xml", "<styleSheet><cellXfs>", "<xf/>"],
    [
      "relationships",
      "xl/_rels/workbook.xml.rels",
      "<Relationships>",
      '<Relationship Id="#" Type="t" Target="u"/>',
    ],
  ])("millions of %s", async (what, name, head, item) => {
    const items = Array.from({ length: 66_000 }, (_, at) => item.replace("#", `${at}`)).join("");
    const tail = head
      .match(/\w+/g)
      ?.reverse()
      .map((tag) => `</${tag}>`)
      .join("");
    const book = xlsx({
      sheets: [{ name: "S", rows: [["x"]] }],
      styles: "<cellXfs/>",
      parts: { [name]: head + items + tail },
    });
    await expect(decodeAll(book, { maxBufferedBytes: 16_000_000, maxRatio: 1e6 })).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
      message: expect.stringContaining(`more than 65536 ${what}`),
    });
  });
});
