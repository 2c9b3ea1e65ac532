import { describe, expect, it } from "vitest";
import type { SheetRow } from "../../../src/records/xlsx/sheet-row.js";
import type { InvalidRecord, ResumeState } from "../../../src/spec/records.js";
import fc from "../../support/fast-check.js";
import { runs } from "../../support/runs.js";
import { memoryArtifact } from "../zip/memory-artifact.js";
import { zip } from "../zip/zip-writer.js";
import { codeOf, decodeAll, decodeRows, xlsxArchive } from "./decode.js";
import { type Cell, type Workbook, xlsx } from "./workbook-writer.js";

const cell: fc.Arbitrary<Cell> = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: "grapheme", maxLength: 8 }) },
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc.boolean(),
  fc.constant(null),
  fc.constant({ xml: "<c><v>broken</v></c>" }),
);
const workbook: fc.Arbitrary<Workbook> = fc.record({
  sheets: fc.array(
    fc.record({
      name: fc.constantFrom("a", "b"),
      rows: fc.array(fc.array(cell, { maxLength: 5 }), { maxLength: 40 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  shared: fc.boolean(),
  stored: fc.boolean(),
  descriptor: fc.boolean(),
});
const archive = fc
  .record({ books: fc.array(workbook, { minLength: 1, maxLength: 3 }), method: fc.constantFrom(0, 8) })
  .map(({ books, method }) => ({
    books,
    bytes: zip(books.map((book, index) => ({ name: `${index}.xlsx`, data: xlsx(book), method }))),
  }));
const headerRow = fc.constantFrom<(number | "auto" | "none")[]>("auto", "none", 2);

it("any sheets come back as they were written, however they are stored and cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      archive,
      fc.integer({ min: 1, max: 700 }),
      fc.boolean(),
      async ({ books, bytes }, chunk, ranges) => {
        const entries = await decodeAll(bytes, { headerRow: "none", artifact: { chunk, ranges } });
        const expected = books.flatMap(({ sheets }, file) =>
          sheets.flatMap(({ name, rows }) =>
            (rows ?? []).flatMap((cells, index) => {
              if (cells.every((value) => value === null)) return [];
              const place = { file: `${file}.xlsx`, sheet: name, row: index + 1 };
              if (cells.some((value) => typeof value === "object" && value !== null)) return [place];
              return [{ ...place, cells: withoutEnd(cells) }];
            }),
          ),
        );
        expect(entries.map(summary)).toEqual(expected);
      },
    ),
    { numRuns: runs(30) },
  );
});

function withoutEnd(cells: readonly Cell[]): readonly Cell[] {
  return cells.slice(0, cells.findLastIndex((value) => value !== null) + 1);
}

function summary(entry: SheetRow | InvalidRecord): object {
  if (!("issue" in entry))
    return { file: entry.file, sheet: entry.sheet, row: entry.row, cells: entry.cells };
  const { file, sheet, row } = entry.issue.position;
  return { file, sheet, row };
}

/** All entries, and the state after each of them as JSON has it. */
async function decodeWithStates(bytes: Uint8Array, header: number | "auto" | "none", state?: ResumeState) {
  const entries: (SheetRow | InvalidRecord)[] = [];
  const states: ResumeState[] = [];
  const decoder = xlsxArchive({ headerRow: header });
  for await (const batch of decoder.decode(memoryArtifact(bytes), { maxBufferedBytes: 1e6, state })) {
    for (const [index, entry] of batch.entries.entries()) {
      entries.push(entry);
      states.push(JSON.parse(JSON.stringify(batch.stateAfter(index))));
    }
  }
  return { entries, states };
}

it("from any state the rest comes, and nothing twice", async () => {
  await fc.assert(
    fc.asyncProperty(archive, headerRow, fc.nat(), async ({ bytes }, header, pick) => {
      const whole = await decodeWithStates(bytes, header);
      expect(whole.states.map(({ record }) => record)).toEqual(whole.states.map((_, index) => index + 1));
      if (whole.entries.length === 0) return;
      const cut = pick % whole.entries.length;
      const rest = await decodeWithStates(bytes, header, whole.states[cut]);
      expect(rest.entries).toEqual(whole.entries.slice(cut + 1));
      expect(rest.states).toEqual(whole.states.slice(cut + 1));
    }),
    { numRuns: runs(30) },
  );
});

describe("a state", () => {
  const bytes = zip(
    ["a.xlsx", "b.xlsx"].map((name) => ({
      name,
      data: xlsx({ sheets: [{ name: "S", rows: [["H"], ["x"], ["y"]] }] }),
    })),
  );
  const sound = {
    offset: 0,
    record: 3,
    file: 1,
    fileName: "b.xlsx",
    inner: { offset: 0, record: 1, sheet: 0, rows: 1 },
  };
  const within = (change: object) => ({ ...sound, inner: { ...sound.inner, ...change } });

  it("that is sound", async () => {
    expect((await decodeRows(bytes, { state: sound })).map(({ file, row }) => [file, row])).toEqual([
      ["b.xlsx", 3],
    ]);
    expect(await decodeRows(bytes, { state: { offset: 0, record: 0 } })).toHaveLength(4);
  });

  it.each([
    [{ file: -1 }],
    [{ file: "1" }],
    [within({ sheet: 0.5 })],
    [within({ rows: null })],
    [within({ rows: 4 })],
    [within({ record: 7 })],
    [{ inner: null }],
    [{ fileName: undefined }],
    [{ record: Number.NaN }],
  ])("of another shape (%j) is refused, and named by its field of a checkpoint", async (change) => {
    await expect(decodeAll(bytes, { state: { ...sound, ...change } as ResumeState })).rejects.toMatchObject({
      code: "JOB_INVALID",
      details: { field: "position" },
    });
  });

  it.each([
    [{ file: 7 }],
    [{ fileName: "c.xlsx" }],
    [within({ sheet: 3 })],
    [{ ...within({ record: 9, rows: 9 }), record: 9 }],
  ])("of another archive (%j) is told", async (change) => {
    expect(await codeOf(decodeAll(bytes, { state: { ...sound, ...change } }))).toBe("ARTIFACT_CHANGED");
  });
});
