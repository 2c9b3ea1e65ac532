import { isSame, parseExactly } from "./exact-value.js";
import type { Observation } from "./observe.js";
import { type Outcome, textOf } from "./text-case.js";

/** What of an outcome did not come true. */
export function shortfalls(outcome: Outcome, seen: Observation): readonly string[] {
  const { issues = 0, error, says } = outcome;
  if (issues === "some") return seen.issues.length > 0 ? [] : ["no issue came"];
  const missing: string[] = [];
  const expect = (holds: boolean, what: string) => void (holds || missing.push(what));
  const heard = seen.error && `${seen.error.message} ${JSON.stringify(seen.error.details)}`;
  if (error === undefined) {
    expect(!seen.error, `failed: ${seen.error?.code} ${heard}`);
    expect(seen.issues.length === issues, `issues: ${JSON.stringify(seen.issues)}`);
  } else {
    expect(!!seen.error && (error === "*" || seen.error.code === error), `error: ${seen.error?.code}`);
    if (says !== undefined) expect(new RegExp(says).test(heard ?? ""), `says: ${heard}`);
  }
  for (const [name, judge] of Object.entries(JUDGES)) {
    const wanted = outcome[name as keyof Outcome];
    if (wanted !== undefined) expect(judge(wanted as never, seen, outcome), `${name}: ${shown(name, seen)}`);
  }
  return missing;
}

const JUDGES = {
  records: (wanted: readonly unknown[], { records }: Observation) =>
    records.length === wanted.length &&
    wanted.every((record, index) =>
      isSame(typeof record === "string" ? parseExactly(record) : record, records[index]),
    ),
  cells: (wanted: readonly (readonly unknown[])[], { records }: Observation) =>
    isSame(
      wanted,
      records.map((record) => Object.values(record as object)),
    ),
  lines: (wanted: NonNullable<Outcome["lines"]>, { text }: Observation) => {
    const lines = text.split("\n");
    // Nested deeper than a comparison of values would reach: then by text.
    const isLine = (line: string, found = "") =>
      line === found || (line.length < 1000 && isSame(parseExactly(line), parseExactly(found)));
    return (
      lines.pop() === "" &&
      lines.length === wanted.length &&
      wanted.every((line, index) => isLine(textOf(line), lines[index]))
    );
  },
  csv: (wanted: NonNullable<Outcome["csv"]>, { text }: Observation) => isSame(wanted, rowsOf(text)),
  csvRows: (wanted: number, { text }: Observation) => rowsOf(text).length === wanted + 1,
  // Where rows may have more than the header names, a column for that follows.
  header: (wanted: readonly string[], { text }: Observation) =>
    isSame(wanted, rowsOf(text)[0]?.slice(0, wanted.length)),
  columns: (wanted: NonNullable<Outcome["columns"]>, { text }: Observation) => {
    const [header = [], ...rows] = rowsOf(text);
    return Object.entries(wanted).every(([name, cells]) => {
      const at = header.indexOf(name);
      return (
        at >= 0 &&
        rows.length === cells.length &&
        cells.every((cell, index) => isCell(cell, rows[index]?.[at] ?? ""))
      );
    });
  },
  rowHas: (wanted: NonNullable<Outcome["rowHas"]>, { text }: Observation) =>
    wanted.every((cells) => rowsOf(text).some((row) => cells.every((cell) => row.includes(cell)))),
  text: (wanted: string, { text }: Observation, { orText = [] }: Outcome) =>
    [wanted, ...orText].includes(text),
  reported: (wanted: readonly string[], { told }: Observation) => wanted.every((name) => names(told, name)),
  unreported: (wanted: readonly string[], { told }: Observation) => !wanted.some((name) => names(told, name)),
} as const satisfies { readonly [Name in keyof Outcome]: unknown };

function shown(name: string, seen: Observation): string {
  if (name === "records" || name === "cells") {
    return JSON.stringify(seen.records, (_, value) => (typeof value === "bigint" ? `${value}n` : value));
  }
  return (name.endsWith("reported") ? seen.told : seen.text).slice(0, 2000);
}

/** A cell, or the same JSON by the digits of its numbers. */
function isCell(wanted: string, found: string): boolean {
  if (wanted === found) return true;
  return /^[{[]/.test(wanted) && /^[{[]/.test(found) && isSame(parseExactly(wanted), parseExactly(found));
}

function names(told: string, name: string): boolean {
  const word = name.replace(/[^\w-]/g, "\\$&");
  return new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(told);
}

/** The rows of a CSV text with commas; it shares no code with what is tested. */
function rowsOf(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/gy;
  while (cell.lastIndex < text.length || row.length > 0) {
    const [, quoted, plain = "", end] = cell.exec(text) ?? [];
    if (end === undefined) throw new Error(`no CSV: ${text.slice(0, 200)}`);
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
