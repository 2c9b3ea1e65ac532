import { describe, expect, it } from "vitest";
import type { CsvEncoderOptions } from "../../src/records/csv-plan.js";
import { csvEncoder } from "./csv-encoder.js";
import { encoded as fileOf } from "./encoded.js";

const encoded = <R>(records: readonly R[], options: CsvEncoderOptions<R> = {}): string =>
  fileOf(csvEncoder(options), records);

/** The text of one cell, beside an empty one. */
const cell = (value: unknown, options: { formulas?: "keep" | "escape" } = {}) =>
  encoded([{ value, other: "" }], { columns: ["value", "other"], header: false, ...options }).slice(0, -2);

describe("a cell", () => {
  it.each<[string, unknown, string]>([
    ["text", "abc", "abc"],
    ["an empty string", "", ""],
    ["null", null, ""],
    ["undefined", undefined, ""],
    ["true", true, "true"],
    ["false", false, "false"],
    ["a number", -1.5, "-1.5"],
    ["a large number", 2 ** 53, "9007199254740992"],
    ["not a number", Number.NaN, ""],
    ["infinity", Number.POSITIVE_INFINITY, ""],
    ["a bigint", 2n ** 64n, "18446744073709551616"],
    ["a date", new Date(Date.UTC(2024, 9, 7, 21, 6, 24)), "2024-10-07T21:06:24.000Z"],
    ["no date", new Date(Number.NaN), ""],
    ["what writes itself as text", new URL("https://example.com/?a,b"), '"https://example.com/?a,b"'],
    ["a list", ["a", 1], '"[""a"",1]"'],
    ["an empty list", [], "[]"],
    ["an object", { a: { b: null } }, '"{""a"":{""b"":null}}"'],
    ["a function", () => 1, ""],
    ["a comma", "a,b", '"a,b"'],
    ["a quote", 'a"b', '"a""b"'],
    ["LF", "a\nb", '"a\nb"'],
    ["CR", "a\rb", '"a\rb"'],
    ["a space inside", "a b", "a b"],
    ["a space at the beginning", " a", '" a"'],
    ["a space at the end", "a ", '"a "'],
    ["a tab at the edge", "\ta", '"\ta"'],
    ["a byte order mark", "\uFEFFa", '"\uFEFFa"'],
  ])("with %s", (_name, value, expected) => {
    expect(cell(value)).toBe(expected);
  });

  it("that cannot be written as JSON is refused", () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => cell(cycle)).toThrow("cycle");
  });
});

it("an empty cell that is all of a row is written with quotes", () => {
  expect(encoded([{ a: "" }, { a: null }], { columns: ["a"] })).toBe('a\n""\n""\n');
});

describe("formulas", () => {
  const risky = [
    "=1+1",
    "+49 30 1",
    "-x",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\0=1",
    "＝1",
    "＋1",
    "－1",
    "＠1",
  ];

  it("are kept unless told otherwise", () => {
    expect(cell("+49 30 1")).toBe("+49 30 1");
    expect(cell("=1+1")).toBe("=1+1");
  });

  it.each(risky)("%j is escaped on request", (value) => {
    const escaped = cell(value, { formulas: "escape" });
    expect(escaped.replace(/^"/, "")).toBe(`'${value}${escaped.startsWith('"') ? '"' : ""}`);
  });

  it("are strings only", () => {
    expect(cell(-1, { formulas: "escape" })).toBe("-1");
    expect(cell(-1n, { formulas: "escape" })).toBe("-1");
    expect(cell(["=1"], { formulas: "escape" })).toBe('"[""=1""]"');
    expect(cell("a=1", { formulas: "escape" })).toBe("a=1");
    expect(cell({ toJSON: () => "=1" }, { formulas: "escape" })).toBe("'=1");
  });

  it("are escaped in the header too", () => {
    expect(encoded([{ "=1": 2 }], { formulas: "escape", columns: ["=1"] })).toBe("'=1\n2\n");
  });
});
