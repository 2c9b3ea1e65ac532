import { describe, expect, it } from "vitest";
import { ColumnNames } from "../../../src/records/xlsx/header-row.js";
import { decodeRows } from "./decode.js";
import { type Cell, xlsx } from "./workbook-writer.js";

const rowsOf = async (rows: readonly (readonly Cell[])[], headerRow?: number | "auto" | "none") =>
  (
    await decodeRows(xlsx({ sheets: [{ name: "S", rows }] }), headerRow === undefined ? {} : { headerRow })
  ).map(({ row, values }) => ({ row, ...values }));

describe("found", () => {
  it("in the first row", async () => {
    expect(await rowsOf([["Name", "Age"], ["Ada", 36], ["Bo"]])).toEqual([
      { row: 2, Name: "Ada", Age: 36 },
      { row: 3, Name: "Bo", Age: null },
    ]);
  });

  it("below a title, which stays a row", async () => {
    expect(await rowsOf([["Report"], [], ["Name", "Age"], ["Ada", 36]])).toEqual([
      { row: 1, A: "Report" },
      { row: 4, Name: "Ada", Age: 36 },
    ]);
  });

  it("with a column that has no name, and data beyond the columns that have", async () => {
    const rows = Array.from({ length: 25 }, (_, index) => [index, "a", "b"]);
    expect((await rowsOf([[null, "X", "Y"], ...rows, [1, "a", "b", "more"]])).at(-1)).toEqual({
      row: 27,
      A: 1,
      X: "a",
      Y: "b",
      D: "more",
    });
  });

  it("in a sheet that has nothing else", async () => {
    expect(await rowsOf([["Name", "Age"]])).toEqual([]);
  });

  it("not, where the first full row holds a number", async () => {
    expect(
      await rowsOf([
        ["Ada", 36],
        ["Bo", "?"],
      ]),
    ).toEqual([
      { row: 1, A: "Ada", B: 36 },
      { row: 2, A: "Bo", B: "?" },
    ]);
  });

  it("not, where most of its cells are empty", async () => {
    expect(
      await rowsOf([
        [null, null, null, "x"],
        [1, 2, 3, 4],
      ]),
    ).toEqual([
      { row: 1, D: "x" },
      { row: 2, A: 1, B: 2, C: 3, D: 4 },
    ]);
  });

  it("by the first 20 rows only", async () => {
    const rows = [["Name"], ...Array.from({ length: 30 }, () => ["x"]), ["x", "wide"]];
    expect((await rowsOf(rows)).at(-1)).toEqual({ row: 32, Name: "x", B: "wide" });
  });
});

describe("given", () => {
  it("as a number, which leaves out the rows above", async () => {
    expect(
      await rowsOf(
        [
          ["Report", "x"],
          ["Name", 7],
          ["Ada", 36],
        ],
        2,
      ),
    ).toEqual([{ row: 3, Name: "Ada", "7": 36 }]);
  });

  it("as a number of a row that is not there", async () => {
    expect(await rowsOf([["a"], [], ["b"]], 2)).toEqual([{ row: 3, A: "b" }]);
  });

  it("as none", async () => {
    expect(
      await rowsOf(
        [
          ["Name", "Age"],
          [null, 1],
        ],
        "none",
      ),
    ).toEqual([
      { row: 1, A: "Name", B: "Age" },
      { row: 2, B: 1 },
    ]);
  });

  it("for each sheet by itself", async () => {
    const bytes = xlsx({ sheets: ["one", "two"].map((name) => ({ name, rows: [["H"], ["x"]] })) });
    const rows = await decodeRows(bytes, {
      headerRow: (sheet, file) => (sheet === "one" && file === "f.xlsx" ? 1 : "none"),
      artifact: { fileName: "f.xlsx" },
    });
    expect(rows.map(({ values }) => values)).toEqual([{ H: "x" }, { A: "H" }, { A: "x" }]);
  });
});

describe("names", () => {
  const names = (header: readonly (string | number | null)[]) => {
    const columns = new ColumnNames(header);
    return Array.from({ length: header.length + 1 }, (_, index) => columns.at(index));
  };

  it("are distinct", () => {
    expect(names(["a", "a", "a_2", "a", "", null, "E", "H"])).toEqual([
      "a",
      "a_2",
      "a_2_2",
      "a_3",
      "E",
      "F",
      "E_2",
      "H",
      "I",
    ]);
  });

  it("are trimmed, and letters continue behind Z", () => {
    expect(names([" a\n"])).toEqual(["a", "B"]);
    expect(new ColumnNames().at(26)).toBe("AA");
    expect(new ColumnNames().at(701)).toBe("ZZ");
    expect(new ColumnNames().at(16_383)).toBe("XFD");
  });

  it("that are all the same cost no time", () => {
    expect(new Set(names(Array.from({ length: 16_384 }, () => "same"))).size).toBe(16_385);
  });

  it("that mean something to JavaScript are plain keys", async () => {
    const [row] = await decodeRows(
      xlsx({
        sheets: [
          {
            name: "S",
            rows: [
              ["__proto__", "constructor", "__proto__"],
              ["a", "b", "c"],
            ],
          },
        ],
      }),
    );
    expect(Object.getPrototypeOf(row?.values)).toBe(Object.prototype);
    expect(Object.entries(row?.values ?? {})).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
      ["__proto___2", "c"],
    ]);
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });
});
