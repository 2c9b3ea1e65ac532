import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { saveExport } from "exportkit/node";
import { describe, expect, it, onTestFinished } from "vitest";
import { xlsx } from "../records/xlsx/workbook-writer.js";
import { type Member, zip } from "../records/zip/zip-writer.js";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { connect } from "./vendors.js";

/** A finished job of AvePoint whose file is this one. */
async function reporting(file: Uint8Array) {
  const set = connect("AvePoint with a secret", {
    intercept: ({ url }, proceed) =>
      url.pathname.endsWith("/exportfile") ? new Response(file as BodyInit) : proceed(),
  });
  const job = await set.finish();
  const read = () => set.client.download(job).then(collect);
  return { ...set, job, read };
}

const sheet = { name: "Sheet", rows: [["a"], ["1"]] };
const archive = (...members: readonly Member[]) =>
  zip([{ name: "report.xlsx", data: xlsx({ sheets: [sheet] }) }, ...members]);

describe("X1: XML documents that declare a type or entities are refused, in every part of a workbook", () => {
  const laughs = `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>`;
  const file = `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>`;
  const remote = `<!DOCTYPE x SYSTEM "https://elsewhere.example.org/x.dtd">`;
  const parts = [
    "xl/workbook.xml",
    "_rels/.rels",
    "xl/_rels/workbook.xml.rels",
    "xl/worksheets/sheet1.xml",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
  ];
  it.each(parts.flatMap((part) => [laughs, file, remote].map((type) => [part, type] as const)))(
    "%s %s",
    async (part, type) => {
      const workbook = xlsx({
        sheets: [sheet],
        shared: true,
        styles: "<cellXfs/>",
        parts: { [part]: `<?xml version="1.0"?>${type}<x>&a;&c;</x>` },
      });
      const { read, sent } = await reporting(workbook);
      expect(await rejection(read())).toMatchObject({
        code: "DECODE_FAILED",
        message: expect.stringContaining("which are refused"),
      });
      expect(sent.filter(({ url }) => url.host === "elsewhere.example.org")).toEqual([]);
    },
  );

  it("and an entity that nobody declared is not looked up", async () => {
    const data = '<row r="1"><c r="A1" t="inlineStr"><is><t>&a;</t></is></c></row>';
    const { read } = await reporting(xlsx({ sheets: [{ name: "Sheet", data }] }));
    expect(await rejection(read())).toMatchObject({ code: "DECODE_FAILED" });
  });
});

it("X2: XML nested deeper than 256 elements is refused", async () => {
  const nested = async (depth: number) => {
    // Two elements are around it.
    const data = `<row r="1"><c r="A1"><v>1</v></c></row>${"<x>".repeat(depth - 2)}${"</x>".repeat(depth - 2)}`;
    return (await reporting(xlsx({ sheets: [{ name: "Sheet", data }] }))).read();
  };
  expect(await nested(256)).toHaveLength(1);
  expect(await rejection(nested(257))).toMatchObject({
    code: "LIMIT_EXCEEDED",
    message: expect.stringContaining("deeper than 256"),
  });
});

it.each([
  "../evil.xlsx",
  "a/../../evil.xlsx",
  "//server/share/evil.xlsx",
  "\\\\server\\share\\evil.xlsx",
  "C:\\evil.xlsx",
  "C:/evil.xlsx",
  "/C:/evil.xlsx",
  "a\\..\\evil.xlsx",
  "..\\evil.xlsx",
  "/../evil.xlsx",
  "evil\u0000.xlsx",
  "evil\n.xlsx",
])("A1: an archive with a name that leads out of it is refused: %j", async (name) => {
  const { read } = await reporting(archive({ name, data: "x" }));
  expect(await rejection(read())).toMatchObject({
    code: "DECODE_FAILED",
    message: expect.stringContaining("it may be an attack"),
  });
});

it("A2: a workbook that refers to a part outside of itself is refused", async () => {
  const rels =
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" Type="x/officeDocument" Target="../secret.xml"/></Relationships>';
  const { read } = await reporting(xlsx({ sheets: [sheet], parts: { "_rels/.rels": rels } }));
  expect(await rejection(read())).toMatchObject({
    code: "DECODE_FAILED",
    message: expect.stringContaining("outside of itself"),
  });
});

it("A3: reading or saving an archive creates no file by a name that stands in it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "exportkit-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { client, job, read } = await reporting(
    archive({ name: "folder/other.xlsx", data: xlsx({ sheets: [sheet] }) }),
  );
  expect(await read()).toMatchObject([{ file: "report.xlsx" }, { file: "folder/other.xlsx" }]);
  await saveExport(client, job, join(folder, "rows.csv"), { format: "csv" });
  await saveExport(client, job, join(folder, "raw.zip"));
  expect((await readdir(folder, { recursive: true })).sort()).toEqual(["raw.zip", "rows.csv"]);
});
