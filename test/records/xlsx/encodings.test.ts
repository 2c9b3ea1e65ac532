import { describe, expect, it } from "vitest";
import { XmlText } from "../../../src/records/xlsx/xml-text.js";
import { readReport } from "../../cases/read-report.js";
import { type Member, zip } from "../zip/zip-writer.js";
import { workbookMembers } from "./workbook-writer.js";

/** A workbook whose parts of these names are written in this way. */
function encoded(text: string, part: RegExp, encode: (xml: string) => Uint8Array): Uint8Array {
  const members = workbookMembers({ sheets: [{ name: text, rows: [[text]] }], shared: true });
  const body = (xml: string) => xml.replace(/^<\?xml.*\?>\n/, "");
  return zip(
    members.map(
      (member): Member =>
        part.test(String(member.name)) ? { ...member, data: encode(body(String(member.data))) } : member,
    ),
  );
}
const latin = (xml: string) => new Uint8Array(Buffer.from(xml, "latin1"));
const wide = (xml: string, isLittleEndian: boolean) => {
  const bytes = new Uint8Array(4 * xml.length);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < xml.length; at++) view.setUint32(4 * at, xml.charCodeAt(at), isLittleEndian);
  return bytes;
};
const declared = (name: string) => `<?xml version="1.0" encoding="${name}"?>`;

describe("a part that declares", () => {
  it.each(["ISO-8859-1", "iso-8859-1", "ISO8859_1", "latin1", "Latin-1", "windows-1252", "Cp1252", "IBM819"])(
    "%s is read by it, be it a sheet, a table of strings or the workbook",
    async (name) => {
      for (const part of [/sheet1\.xml$/, /sharedStrings\.xml$/, /workbook\.xml$/, /xml$/]) {
        const file = encoded("café ÿ", part, (xml) => latin(declared(name) + xml));
        expect(await readReport(file)).toMatchObject({ rows: [{ sheet: "café ÿ", cells: ["café ÿ"] }] });
      }
    },
  );

  it("windows-1252 has signs where ISO-8859-1 has control characters", async () => {
    const bytes = [0x80, 0x92, 0x99, 0x9f, 0x81];
    const file = encoded("Ω", /sharedStrings/, (xml) => {
      const text = latin(`${declared("windows-1252")}${xml.replace("Ω", "@@@@@")}`);
      text.set(bytes, text.indexOf(0x40));
      return text;
    });
    expect((await readReport(file)).rows[0]?.cells).toEqual(["€’™Ÿ\u0081"]);
  });

  it.each(["shift_jis", "ISO-8859-15", "windows-1251", "UTF-7", "EBCDIC-CP-US", "x"])(
    "%s is refused by that name",
    async (name) => {
      const file = encoded("a", /sheet1/, (xml) => latin(declared(name) + xml));
      expect((await readReport(file)).error).toMatchObject({
        code: "DECODE_FAILED",
        message: expect.stringContaining(`sheet1.xml in`),
      });
      expect((await readReport(file)).error?.message).toContain(`is encoded as "${name}"`);
    },
  );

  it.each([
    ["UTF-32", (xml: string) => wide(xml, true)],
    ["UTF-32", (xml: string) => wide(`\ufeff${xml}`, true)],
    ["UTF-32", (xml: string) => wide(xml, false)],
    ["UTF-32", (xml: string) => wide(`\ufeff${xml}`, false)],
    ["EBCDIC", () => new Uint8Array([0x4c, 0x6f, 0xa7, 0x94, 0x93, 0x40, 0xa5, 0x85, 0x99])],
  ])("%s in its own bytes is refused by that name", async (name, encode) => {
    const file = encoded("a", /sheet1/, (xml) => encode(declared(name) + xml));
    expect((await readReport(file)).error).toMatchObject({
      code: "DECODE_FAILED",
      message: expect.stringContaining(`is encoded as "${name}"`),
    });
  });

  it("UTF-8 and is Latin-1 is refused by the name of what it is not", async () => {
    for (const head of [declared("UTF-8"), ""]) {
      const file = encoded("café", /sharedStrings/, (xml) => latin(head + xml));
      expect((await readReport(file)).error).toMatchObject({
        code: "DECODE_FAILED",
        message: expect.stringContaining("is not utf-8 text"),
      });
    }
  });

  it.each([
    ["utf-16, and is UTF-8 as .NET saves it", declared("utf-16")],
    ["ISO-8859-1, behind the mark of UTF-8", `\ufeff${declared("ISO-8859-1")}`],
    ["us-ascii, and is UTF-8", declared("us-ascii")],
    ["UTF8 without its hyphen", declared("UTF8")],
    ["UTF_8 as some programs call it", declared("utf_8")],
    ["nothing", '<?xml version="1.0"?>'],
    ["nothing, with a style sheet", "<?xml-stylesheet href=\"encoding='ISO-8859-1'\"?>"],
    ["something in a comment", "<!-- <?xml encoding='ISO-8859-1'?> -->"],
  ])("%s, is read as its bytes are", async (_, head) => {
    const file = encoded("café €", /sharedStrings/, (xml) => new TextEncoder().encode(head + xml));
    expect((await readReport(file)).rows[0]?.cells).toEqual(["café €"]);
  });
});

it.each([1, 2, 3, 7, 20, 1000])("a declaration is read whatever chunks it comes in: %i", (length) => {
  const read = (bytes: Uint8Array) => {
    const text = new XmlText("it");
    let decoded = "";
    for (let at = 0; at < bytes.length; at += length) decoded += text.decode(bytes.slice(at, at + length));
    return decoded + text.decode(new Uint8Array(0), true);
  };
  for (const head of [
    declared("iso-8859-1"),
    `\n ${declared("iso-8859-1")}`,
    `<?xml${" ".repeat(900)}encoding='l1' ?>`,
  ]) {
    expect(read(latin(`${head}<a>é\r\n</a>`))).toBe(`${head}<a>é\n</a>`);
  }
  expect(read(new TextEncoder().encode(`<?xml ${"x".repeat(5000)}é`))).toBe(`<?xml ${"x".repeat(5000)}é`);
});
