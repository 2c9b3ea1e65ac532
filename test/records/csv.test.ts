import { describe, expect, it } from "vitest";
import { csv } from "../../src/records/csv.js";
import { recordsOf, textArtifact } from "./text-artifact.js";

describe("column names of the language's own objects", () => {
  const names = [
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "valueOf",
    "__defineGetter__",
    "1",
  ];

  it("are own properties like others", async () => {
    const content = `${names.join(",")}\n${names.map((name) => `of ${name}`).join(",")}\n`;
    const [record = {}] = await recordsOf(csv(), textArtifact(content));
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
    expect(Object.keys(record).sort()).toEqual([...names].sort());
    for (const name of names) {
      expect(Object.getOwnPropertyDescriptor(record, name)).toEqual({
        value: `of ${name}`,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    expect(Object.prototype).not.toHaveProperty("of __proto__");
    expect(typeof {}.toString).toBe("function");
  });

  it("records do not share their values", async () => {
    const records = await recordsOf(csv(), textArtifact("__proto__,a\n1,2\n3,4\n"));
    expect(records.map((record) => Object.entries(record))).toEqual([
      [
        ["__proto__", "1"],
        ["a", "2"],
      ],
      [
        ["__proto__", "3"],
        ["a", "4"],
      ],
    ]);
  });
});

it("a decoder is plain data", () => {
  expect(csv()).toMatchObject({ kind: "artifact", format: "csv", contentType: "text/csv" });
  expect(csv({ contentType: "text/plain" }).contentType).toBe("text/plain");
  const layout = { columns: ["a"] };
  expect(csv({ csv: layout, prepare: () => () => 1 }).csv).toBe(layout);
  expect(csv({ prepare: () => () => 1 })).not.toHaveProperty("csv");
});

describe("a vendor that ends every row", () => {
  const whole = 'sub,name\n1,Ada\n2,"Grace\nHopper"\n';
  const cutAt = (length: number) => textArtifact(whole.slice(0, length));
  const ofUnknownLength = (length: number) => ({ ...cutAt(length), size: undefined });
  const rows = () => csv({ endsRows: true });
  const lineEnds = [9, 15, whole.length];

  it("is not believed a row that is cut off, wherever that is", async () => {
    for (let length = 1; length <= whole.length; length++) {
      const reading = recordsOf(rows(), ofUnknownLength(length));
      if (lineEnds.includes(length)) expect(await reading).toHaveLength(lineEnds.indexOf(length));
      else await expect(reading).rejects.toMatchObject({ code: "DECODE_FAILED", details: { byte: length } });
    }
  });

  it("may leave the last line end out where the length proves that nothing is missing", async () => {
    expect(await recordsOf(rows(), { ...cutAt(14), size: 14 })).toEqual([{ sub: "1", name: "Ada" }]);
  });

  it("is an option: other files may end without one", async () => {
    expect(await recordsOf(csv(), ofUnknownLength(14))).toEqual([{ sub: "1", name: "Ada" }]);
  });
});
