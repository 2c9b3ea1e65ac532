import type { ClientSettings } from "exportkit";
import { xlsx } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { openFile } from "../cases/open-case.js";
import { xlsx as workbook } from "../records/xlsx/workbook-writer.js";

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

function open(values: readonly string[], settings: ClientSettings = {}, attributes = "") {
  const cells = values.map((value, index) => `<c r="${letters[index]}2"${attributes}><v>${value}</v></c>`);
  const header = values.map(
    (_, index) => `<c r="${letters[index]}1" t="inlineStr"><is><t>c${index}</t></is></c>`,
  );
  const data = `<row r="1">${header.join("")}</row><row r="2">${cells.join("")}</row>`;
  const styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs>';
  const base64 = Buffer.from(workbook({ sheets: [{ name: "S", data }], styles })).toString("base64");
  return openFile(xlsx(), { base64 }, settings);
}

async function cellsOf(
  values: readonly string[],
  settings: ClientSettings = {},
  attributes = "",
): Promise<readonly unknown[]> {
  for await (const { cells, values: byName } of await open(values, settings, attributes)) {
    expect(Object.values(byName)).toEqual(cells);
    return cells;
  }
  throw new Error("there is no row");
}

describe("a number in a workbook", () => {
  const ids = ["9007199254740993", "-12345678901234567890", "36893488147419103232", "12345678901234567"];
  const others = ["-1e-400", "0.1e-400", "0.1000000000000000055511151231257827", "1.00000000000000000001"];

  it("keeps the digits that a double does not hold", async () => {
    expect(await cellsOf([...ids, ...others])).toEqual([...ids, ...others]);
    expect(await cellsOf([...ids, ...others], { integers: "bigint" })).toEqual([
      ...ids.map(BigInt),
      ...others,
    ]);
    expect(await cellsOf([...ids, ...others], { integers: "number" })).toEqual(
      [...ids, ...others].map(Number),
    );
    expect(
      await cellsOf([" +00009007199254740993 ", "-.12345678901234567891", "12345678901234567891."]),
    ).toEqual(["9007199254740993", "-0.12345678901234567891", "12345678901234567891"]);
  });

  it("keeps them where it is encoded, whatever the records are", async () => {
    for (const integers of ["string", "bigint", "number"] as const) {
      const csv = await new Response((await open([...ids, ...others], { integers })).encode("csv")).text();
      expect(csv.split("\n")[1]).toContain(`,S,2,${[...ids, ...others].join(",")}`);
      const ndjson = await new Response((await open(ids, { integers })).encode("ndjson")).text();
      expect(ndjson).toContain(`"cells":[${ids.join(",")}]`);
    }
  });

  it("keeps those of a whole number that is written with a fraction of zeros, or with an exponent", async () => {
    const spelled: readonly (readonly [literal: string, whole?: string])[] = [
      ["37383750000497664.0", "37383750000497664"],
      ["3.7383750000497664E+16"],
      ["7.009709009000399E+17"],
      ["9007199254740993.0", "9007199254740993"],
      ["9007199254740993.00", "9007199254740993"],
      ["-9007199254740993.0", "-9007199254740993"],
      ["12345678901234567.0", "12345678901234567"],
      ["12345678901234567890.0", "12345678901234567890"],
      ["10000000000000000000000.0", "10000000000000000000000"],
      ["9.007199254740993E+15"],
      ["90071992547409.93e2"],
      ["900719925474099300E-2"],
      ["9007199254740992.5"],
      ["9007199254740991.5"],
      ["1.2345678901234567E16"],
    ];
    const literals = spelled.map(([literal]) => literal);
    expect(await cellsOf(literals)).toEqual(literals);
    expect(await cellsOf(literals, { integers: "bigint" })).toEqual(
      spelled.map(([literal, whole]) => (whole === undefined ? literal : BigInt(whole))),
    );
    const csv = await new Response((await open(literals)).encode("csv")).text();
    expect(csv.split("\n")[1]).toContain(`,S,2,${literals.join(",")}`);
  });

  it("is refused where it is larger than any, however it is written", async () => {
    for (const huge of ["1.7976931348623157e309", `${"9".repeat(400)}.0`, "-1E+400"])
      await expect(cellsOf([huge])).rejects.toMatchObject({ code: "RECORD_INVALID" });
  });

  it("is a number as spreadsheets write doubles: shortest, or with 17 digits", async () => {
    const doubles = [
      "0.10000000000000001",
      "0.30000000000000004",
      "4.1500000000000004",
      "1.2345678901234567E+19",
      "-3.3333333333333335E-2",
      "2.2250738585072014E-308",
      "5e-324",
      "9007199254740992",
      "1234567890123456",
      "0",
      "-0.0",
      "0.00000000000000000",
      "1.7976931348623157E+308",
      "12345678.12345678",
      "9007199254740992.0",
      "9007199254740994.000",
      "9.0071992547409920E+15",
      "1E+22",
      "1.0E22",
      "4.15000000000000040",
      "1234567890123456.7",
      "1.2345678901234568E+16",
    ];
    expect(await cellsOf(doubles)).toEqual(doubles.map(Number));
  });

  it("is a date where its format says so, and no number where it is none", async () => {
    expect(await cellsOf(["46053.500000000001", "46053.5"], {}, ' s="1"')).toEqual([
      "2026-01-31T12:00:00",
      "2026-01-31T12:00:00",
    ]);
    expect(await cellsOf(["9007199254740993"], {}, ' s="1"')).toEqual(["9007199254740993"]);
    for (const broken of ["Infinity", "NaN", "0x10000000000000001", "1E400", "1e40x", "1.2.3e99", "--1e99"]) {
      await expect(cellsOf([broken])).rejects.toMatchObject({ code: "RECORD_INVALID" });
    }
  });
});
