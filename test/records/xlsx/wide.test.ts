import type { SheetRow } from "exportkit/avepoint";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { RawRow } from "../../../src/records/xlsx/raw-row.js";
import { RowShaper } from "../../../src/records/xlsx/row-shaper.js";
import { SparseCells } from "../../../src/records/xlsx/sparse-cells.js";
import { readReport } from "../../cases/read-report.js";
import { memoryArtifact } from "../zip/memory-artifact.js";
import { decodeRows, xlsxArchive } from "./decode.js";
import { letters, xlsx } from "./workbook-writer.js";

const MiB = 1024 * 1024;
const columns = 16_384;
const last = letters(columns - 1);
const number = (reference: string, value: number) => `<c r="${reference}"><v>${value}</v></c>`;
const header = `<row r="1">${Array.from({ length: columns }, (_, at) => `<c r="${letters(at)}1" t="str"><v>h${at}</v></c>`).join("")}</row>`;
const lonely = (count: number, from: number) =>
  Array.from(
    { length: count },
    (_, at) => `<row r="${at + from}">${number(`${last}${at + from}`, at)}</row>`,
  );

const bookOf = (...data: readonly string[]) => xlsx({ sheets: [{ name: "S", data: data.join("") }] });

/** The rows, all of them held, and how much memory that took. */
async function held(
  file: Uint8Array,
  headerRow: "auto" | "none",
): Promise<{ rows: SheetRow[]; bytes: number }> {
  const before = process.memoryUsage().heapUsed;
  const rows = await decodeRows(file, { headerRow, maxRatio: 1000, maxBufferedBytes: 16 * MiB });
  return { rows, bytes: process.memoryUsage().heapUsed - before };
}

describe("a row costs what its cells cost, and not the width of the sheet", () => {
  // Laid out, these rows are some 260 MiB.
  it.each(["auto", "none"] as const)(
    "with one cell in the last column, and headerRow %s",
    async (headerRow) => {
      const { rows, bytes } = await held(bookOf(...lonely(2000, 1)), headerRow);
      expect(rows).toHaveLength(2000);
      expect(bytes).toBeLessThan(64 * MiB);
      expect(rows[7]?.cells).toHaveLength(columns);
      expect(rows[7]?.cells.filter((cell) => cell !== null)).toEqual([7]);
      expect(rows[7]?.values).toEqual({ [last]: 7 });
    },
  );

  it("under a header of the whole width", async () => {
    const { rows, bytes } = await held(bookOf(header, ...lonely(2000, 2)), "auto");
    expect(rows).toHaveLength(2000);
    expect(bytes).toBeLessThan(64 * MiB);
    const values = rows[7]?.values ?? {};
    expect(Object.keys(values)).toHaveLength(columns);
    expect([values.h0, values.h16383]).toEqual([null, 7]);
  });
});

describe("a wide row is like any other", () => {
  const wide = bookOf(
    `<row r="1">${number("A1", 1)}${number("B1", 2)}${number("AAA1", 3)}${number("D1", 4)}${number("AAB1", 5)}</row>`,
    `<row r="2">${number("A2", 6)}</row>`,
  );
  const cells = [1, 2, null, 4, ...new Array(698).fill(null), 3, 5];

  it("for whoever reads, copies, compares or stores it", async () => {
    const { rows } = await readReport(wide);
    const plain = {
      file: rows[0]?.file,
      sheet: "S",
      row: 1,
      cells,
      values: { A: 1, B: 2, AAA: 3, D: 4, AAB: 5 },
    };
    expect(rows[0]).toEqual(plain);
    expect({ ...rows[0] }).toEqual(plain);
    expect(structuredClone(rows[0])).toEqual(plain);
    expect(JSON.parse(JSON.stringify(rows[0]))).toEqual(plain);
    expect(Object.keys(rows[0] ?? {})).toEqual(Object.keys(plain));
    expect(rows[0]?.cells).toBe(rows[0]?.cells);
    expect(rows[0]?.values).toBe(rows[0]?.values);
    expect(rows[1]).toMatchObject({ row: 2, cells: [6], values: { A: 6 } });
  });

  it("as a header", async () => {
    const text = (reference: string, value: string) => `<c r="${reference}" t="str"><v>${value}</v></c>`;
    const file = bookOf(
      `<row r="1">${text("A1", "name")}${text("ZZ1", "far")}</row><row r="2">${number("A2", 1)}${number("ZZ2", 2)}</row>`,
    );
    const { rows } = await readReport(file, { workbooks: { headerRow: 1 } });
    expect(rows[0]?.values).toMatchObject({ name: 1, B: null, far: 2 });
    expect(Object.keys(rows[0]?.values ?? {})).toHaveLength(702);
  });

  it("whose header is the same, however many rows come at once", () => {
    const rows: RawRow[] = [0, 1, 2, 3].map((at) => {
      const cells = new SparseCells();
      cells.set(columns - 1, at);
      return { number: at + 1, cells };
    });
    // Rows of so many columns end the search: this one comes too late to be the header.
    rows.push({ number: 5, cells: new Array<string>(columns + 1).fill("word") });
    const shaped = (size: number) => {
      const shaper = new RowShaper("f", "S", "auto", 0);
      const found = rows.flatMap((_, at) => (at % size === 0 ? shaper.shape(rows.slice(at, at + size)) : []));
      return [...found, ...shaper.decide()].map((row) => (row as SheetRow).row);
    };
    for (const size of [1, 2, 3, 4, 5]) expect(shaped(size)).toEqual([1, 2, 3, 4, 5]);
  });
});

describe("the event loop", () => {
  afterEach(() => void vi.unstubAllGlobals());

  /** How often it went round while a workbook in memory was read: until the end, and from the first row on. */
  async function turns(file: Uint8Array): Promise<{ readonly all: number; readonly fromFirstRow: number }> {
    let count = 0;
    let first: number | undefined;
    let isReading = true;
    const turn = () => {
      count++;
      if (isReading) setImmediate(turn);
    };
    setImmediate(turn);
    const decoder = xlsxArchive({ headerRow: "none", maxRatio: 1000 });
    for await (const _ of decoder.decode(memoryArtifact(file), { maxBufferedBytes: 16 * MiB }))
      first ??= count;
    isReading = false;
    return { all: count, fromFirstRow: count - (first ?? count) };
  }
  const stored = (sheet: string, sharedXml = "") =>
    xlsx({ sheets: [{ name: "S", data: sheet }], stored: true, ...(sharedXml && { sharedXml }) });

  it("goes round while wide rows are read", async () => {
    const file = stored(`<row>${"<c><v>12345</v></c>".repeat(columns)}</row>`.repeat(24));
    expect((await turns(file)).fromFirstRow).toBeGreaterThan(file.length / MiB / 4);
  });

  it("goes round while shared strings are read", async () => {
    const file = stored("", "<si><t>a string of some length, once more</t></si>".repeat(200_000));
    expect((await turns(file)).all).toBeGreaterThan(file.length / MiB / 4);
  });

  it("goes round while nearly empty wide rows are read", async () => {
    expect((await turns(stored(lonely(4000, 1).join("")))).fromFirstRow).toBeGreaterThan(10);
  });

  it("goes round where a small chunk unfolds to a large one", async () => {
    vi.stubGlobal("DecompressionStream", undefined);
    const data = `<row>${"<c><v>1</v></c>".repeat(columns)}</row>`.repeat(24);
    const { fromFirstRow } = await turns(xlsx({ sheets: [{ name: "S", data }] }));
    expect(fromFirstRow).toBeGreaterThan(data.length / MiB / 4);
  });
});
