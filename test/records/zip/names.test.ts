import { describe, expect, it } from "vitest";
import { readReport } from "../../cases/read-report.js";
import { codeOf } from "../xlsx/decode.js";
import { workbookMembers, xlsx } from "../xlsx/workbook-writer.js";
import { archiveOf } from "./read-archive.js";
import { concat, type Member, toBytes, unicodePath, zip } from "./zip-writer.js";

const namesOf = async (...members: readonly Member[]) =>
  (await archiveOf(zip(members))).entries.map(({ name }) => name);
const sheets = [{ name: "S", rows: [["x"]] }];

describe("a name is brought into one form", () => {
  it.each([
    ["a\\b\\c.txt", "a/b/c.txt"],
    ["a\\b/c.txt", "a/b/c.txt"],
    ["folder\\", "folder/"],
    ["/a.txt", "a.txt"],
    ["\\a.txt", "a.txt"],
    ["./a/./b.txt", "a/b.txt"],
    [".\\a.txt", "a.txt"],
    ["a//b.txt", "a/b.txt"],
    ["", ""],
    ["/", ""],
    ["..a\\b..txt", "..a/b..txt"],
    ["a\\...", "a/..."],
    ["\\\\".slice(1), ""],
    ["ü\\東京.xlsx", "ü/東京.xlsx"],
  ])("%j is %j", async (name, form) => {
    expect(await namesOf({ name }, { name: "other" })).toEqual([form, "other"]);
  });

  it("of code page 437 where it is no UTF-8, control bytes as the signs they are there", async () => {
    const name = (...bytes: number[]) => ({ name: new Uint8Array(bytes) });
    const names = [
      name(0x81, 0x2e),
      name(0x01, 0x1f, 0x0a, 0x80),
      name(0x03, 0x41),
      name(0x0d, 0xc3, 0xa9),
      name(0xff),
    ];
    expect(await namesOf(...names)).toEqual(["ü.", "☺▼◙Ç", "♥A", "♪é", "\u00a0"]);
    expect(await codeOf(archiveOf(zip([name(0x41, 0)])))).toBe("DECODE_FAILED");
    expect(await codeOf(archiveOf(zip([{ ...name(0x41, 1), flags: 0x800 }])))).toBe("DECODE_FAILED");
  });

  it("and climbs out by no way of writing it", async () => {
    const shiftJis = new Uint8Array([0x2e, 0x2e, 0x5c, 0x95, 0x5c]);
    expect(await codeOf(archiveOf(zip([{ name: shiftJis }])))).toBe("DECODE_FAILED");
  });
});

describe("a Unicode Path field", () => {
  const raw = new Uint8Array([0x72, 0x82, 0x70]);

  it.each([0, 0x800])(
    "names the member where its CRC-32 is that of the name, with flags %i",
    async (flags) => {
      expect(await namesOf({ name: raw, flags, extra: unicodePath("r\\é.xlsx", raw) })).toEqual(["r/é.xlsx"]);
    },
  );

  it("is found behind other fields, and beside ZIP64 sizes", async () => {
    const other = new Uint8Array([0x0a, 0, 2, 0, 1, 2]);
    const extra = concat([other, unicodePath("é", raw)]);
    expect(await namesOf({ name: raw, extra, zip64: true })).toEqual(["é"]);
  });

  it.each([
    ["was left behind by a tool that renamed the member", unicodePath("old.txt", "old")],
    ["is of another version", unicodePath("new.txt", raw, 2)],
    ["is not UTF-8", unicodePath(new Uint8Array([0xff, 0xfe]), raw)],
    ["is empty", unicodePath("", raw)],
    ["is longer than the fields", unicodePath("new.txt", raw).subarray(0, 10)],
  ])("does not count where it %s", async (_, extra) => {
    expect(await namesOf({ name: raw, flags: 0, extra })).toEqual(["rép"]);
  });

  it.each([
    ["it climbs out", raw, "../evil.xlsx"],
    ["it is a drive", raw, "C:\\evil.xlsx"],
    ["the name that it replaces climbs out", toBytes("..\\evil.xlsx"), "good.xlsx"],
    ["it holds a control character", raw, "a\u0000b"],
  ])("is refused where %s", async (_, name, path) => {
    expect(await codeOf(archiveOf(zip([{ name, flags: 0, extra: unicodePath(path, name) }])))).toBe(
      "DECODE_FAILED",
    );
  });
});

describe("workbooks are found by names in any form", () => {
  const written = (form: (name: string) => string) =>
    zip(workbookMembers({ sheets }).map((member) => ({ ...member, name: form(String(member.name)) })));

  it.each([
    ["backslashes", (name: string) => name.replaceAll("/", "\\")],
    ["a slash in front", (name: string) => `/${name}`],
    ["a backslash in front", (name: string) => `\\${name}`],
    ["./ in front", (name: string) => `./${name}`],
    ["capitals", (name: string) => name.toUpperCase()],
  ])("parts with %s", async (_, form) => {
    for (const bytes of [written(form), zip([{ name: "r.xlsx", data: written(form) }])]) {
      expect(await readReport(bytes)).toMatchObject({ rows: [{ sheet: "S", cells: ["x"] }], issues: [] });
    }
  });

  it.each([
    ["2026\\report.xlsx", "2026/report.xlsx"],
    ["/report.xlsx", "report.xlsx"],
    ["\\2026\\report.xlsx", "2026/report.xlsx"],
  ])("%j in an archive is the file %j", async (name, file) => {
    const members = [
      { name: "2026\\", data: "" },
      { name, data: xlsx({ sheets }) },
      { name: "", data: "" },
    ];
    expect(await readReport(zip(members))).toMatchObject({ rows: [{ file, cells: ["x"] }] });
  });
});
