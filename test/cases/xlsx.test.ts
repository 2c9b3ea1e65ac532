import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { zip } from "../records/zip/zip-writer.js";
import { type Report, readReport } from "./read-report.js";

// Workbooks and archives as they come, each an example of a kind, with the outcomes of which one must come true.

interface Outcome {
  /** The cells by sheet (or `file:sheet`) and row. `{ any }` is a cell of which one value must come. */
  readonly rows?: { readonly [sheet: string]: { readonly [row: string]: readonly unknown[] } };
  readonly issues?: "some" | "any";
  readonly error?: readonly string[];
  /** A pattern for the message of the error. */
  readonly says?: string;
}

interface Case {
  readonly kind: string;
  readonly file: string;
  readonly name: string;
  readonly any: readonly Outcome[];
}

const place = (file: string) => new URL(`../fixtures/cases/xlsx/${file}`, import.meta.url);
const { cases } = JSON.parse(readFileSync(place("expected.json"), "utf8")) as {
  readonly cases: readonly Case[];
};

const isCell = (wanted: unknown, found: unknown): boolean =>
  wanted !== null && typeof wanted === "object" && "any" in wanted
    ? (wanted.any as readonly unknown[]).includes(found)
    : wanted === found;

/** What of an outcome did not come true. */
function shortfalls(outcome: Outcome, { rows, issues, error }: Report): readonly string[] {
  const heard = `${error?.code} ${error?.message} ${JSON.stringify(issues)}`;
  if (outcome.error) {
    const says = new RegExp(outcome.says ?? "").test(error?.message ?? "");
    return outcome.error.includes(error?.code ?? "") && says ? [] : [`another error: ${heard}`];
  }
  if (error) return [`failed: ${heard}`];
  const missing: string[] = [];
  const right = { some: issues.length > 0, any: true, none: issues.length === 0 }[outcome.issues ?? "none"];
  if (!right) missing.push(`issues: ${heard}`);
  const wanted = Object.entries(outcome.rows ?? {}).flatMap(([sheet, of]) =>
    Object.entries(of).map(([row, cells]) => ({ sheet, row: Number(row), cells })),
  );
  if (rows.length !== wanted.length) missing.push(`${rows.length} rows came`);
  for (const { sheet, row, cells } of wanted) {
    const found = rows.find(
      (candidate) =>
        candidate.row === row &&
        (candidate.sheet === sheet || `${candidate.file}:${candidate.sheet}` === sheet),
    );
    const same =
      found?.cells.length === cells.length && cells.every((cell, at) => isCell(cell, found.cells[at]));
    if (!same) missing.push(`row ${row} of ${sheet} is ${JSON.stringify(found?.cells)}`);
  }
  return missing;
}

describe.each(cases)("$kind, $name", ({ file, any }) => {
  const bytes = new Uint8Array(readFileSync(place(file)));
  const packed = (method: 0 | 8) => zip([{ name: file, data: bytes, method }]);
  const ways: (readonly [string, Uint8Array, boolean])[] = [
    ["as it is", bytes, false],
    ["by ranges", bytes, true],
  ];
  if (file.endsWith(".xlsx")) {
    ways.push(["packed into an archive", packed(8), false], ["stored in an archive", packed(0), true]);
  }
  it.each(ways)("%s", async (_, archive, ranges) => {
    const seen = await readReport(archive, { ranges });
    const why = any.map((outcome) => shortfalls(outcome, seen));
    expect(why.some((missing) => missing.length === 0) ? [] : why).toEqual([]);
  });
});
