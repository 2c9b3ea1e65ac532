import { ExportError } from "exportkit";
import { avepoint } from "exportkit/avepoint";
import { csv, gunzip, json, ndjson, xlsx, zip } from "exportkit/provider";
import { describe, expect, it } from "vitest";

function problemOf(make: () => unknown): { readonly field: unknown; readonly message: string } | undefined {
  try {
    make();
    return undefined;
  } catch (error) {
    if (!ExportError.isInstance(error) || error.code !== "CONFIG_INVALID") throw error;
    return { field: error.details?.field, message: error.message };
  }
}

// Types do not reach callers of JavaScript, nor options that come out of a file.
const untyped = (value: unknown) => value as never;
const workbooks = (given: unknown) => avepoint({ dataCenter: "us", token: "t", workbooks: untyped(given) });

describe("the options of a decoder", () => {
  it.each<[what: string, field: string, make: () => unknown]>([
    ["a misspelt delimiter", "delimeter", () => csv(untyped({ delimeter: ";" }))],
    ["a misspelt limit", "maxRatoi", () => gunzip(csv(), untyped({ maxRatoi: 5 }))],
    ["a misspelt map", "mapp", () => ndjson(untyped({ mapp: () => 1 }))],
    ["an option of another decoder", "path", () => ndjson(untyped({ path: "users" }))],
    ["members of a workbook", "members", () => xlsx(untyped({ members: () => true }))],
    ["an option of prototypes", "toString", () => zip(csv(), untyped({ toString: () => "" }))],
    ["a misspelt sheet filter", "workbooks.sheet", () => workbooks({ sheet: () => true })],
  ])("are no other ones: %s", (_, field, make) => {
    expect(problemOf(make)).toEqual({ field, message: expect.stringContaining(`${field}: is not a known`) });
  });

  it.each<[what: string, field: string, make: () => unknown]>([
    ["a number for a delimiter", "delimiter", () => csv(untyped({ delimiter: 5 }))],
    ["a misspelt word", "headers", () => csv(untyped({ headers: "Rename" }))],
    // With it, the second of two columns of one name would take the place of the first.
    ["a function of names", "headers", () => csv(untyped({ headers: (names: unknown) => names }))],
    ["numbers for names", "headers", () => csv(untyped({ headers: [1, 2] }))],
    ["a word for a list", "requiredColumns", () => csv(untyped({ requiredColumns: "id" }))],
    ["a number for a name", "requiredColumns", () => csv(untyped({ requiredColumns: [7] }))],
    ["no function to prepare", "prepare", () => csv(untyped({ prepare: null }))],
    ["a word for a flag", "endsRows", () => csv(untyped({ endsRows: "yes" }))],
    ["no function to map", "map", () => ndjson(untyped({ map: "id" }))],
    ["no function to identify", "identify", () => json(untyped({ identify: "id" }))],
    ["a number for a path", "path", () => json(untyped({ path: 5 }))],
    ["a hole in a path", "path", () => json({ path: "data..users" })],
    ["a list of columns for a layout", "csv", () => zip(csv(), untyped({ csv: "id" }))],
    ["a word for sheets", "sheets", () => xlsx(untyped({ sheets: "Summary" }))],
    ["a word for sheets", "workbooks.sheets", () => workbooks({ sheets: "Summary" })],
    ["a text for bytes", "memoryBytes", () => zip(csv(), untyped({ memoryBytes: "1" }))],
    ["nothing to read members", "inner", () => zip(untyped(undefined))],
    ["a decoder that is not called", "inner", () => gunzip(untyped(csv))],
    ["a list", "options", () => csv(untyped(["id"]))],
    ["null", "options", () => xlsx(untyped(null))],
  ])("are of their kind: not %s for %s", (_, field, make) => {
    expect(problemOf(make)).toEqual({ field, message: expect.stringContaining(`${field}: must be`) });
  });

  it("may be undefined, frozen, and of a class", () => {
    class Own {
      readonly path = "users";
    }
    expect(problemOf(() => csv({ delimiter: undefined, headers: undefined }))).toBeUndefined();
    expect(problemOf(() => zip(csv(), Object.freeze({ members: () => true })))).toBeUndefined();
    expect(problemOf(() => json(new Own()))).toBeUndefined();
    expect(problemOf(() => workbooks({ headerRow: () => 1, memoryBytes: 1024 }))).toBeUndefined();
  });
});
