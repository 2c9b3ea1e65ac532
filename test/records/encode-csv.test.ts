import { describe, expect, it } from "vitest";
import type { CsvEncoderOptions } from "../../src/records/csv-plan.js";
import { csvEncoder } from "./csv-encoder.js";
import { encoded as fileOf } from "./encoded.js";

const encoded = <R>(records: readonly R[], options: CsvEncoderOptions<R> = {}): string =>
  fileOf(csvEncoder(options), records);

describe("a column with dots in its name", () => {
  const inherited = { city: "inherited" };
  // Several records in one file: what is found in one must not be looked for in the next.
  it.each<[column: string, records: readonly (readonly [record: object, cell: string])[]]>([
    [
      "address.city",
      [
        [{ address: { city: "Bern" } }, "Bern"],
        [{ "address.city": "own", address: { city: "Bern" } }, "own"],
        [{ "address.city": undefined, address: { city: "Bern" } }, ""],
        [{ address: { city: null } }, ""],
        [{ address: "city" }, ""],
        [{ address: null }, ""],
        [{ address: Object.create(inherited) }, ""],
        [Object.create({ address: inherited }), ""],
        [{ city: "Bern" }, ""],
        [{ address: { city: 0 } }, "0"],
      ],
    ],
    [
      "roles.1",
      [
        [{ roles: ["a", "b"] }, "b"],
        [{ roles: ["a"] }, ""],
        [{ roles: { 1: "c" } }, "c"],
        [{ roles: "ab" }, ""],
      ],
    ],
    [
      "roles.length",
      [
        [{ roles: ["a"] }, ""],
        [{ roles: { length: 5 } }, "5"],
      ],
    ],
    ["address.constructor", [[{ address: {} }, ""]]],
    [
      "a.b.c",
      [
        [{ a: { b: { c: 1 } } }, "1"],
        [{ a: { "b.c": 2 } }, "2"],
        [{ "a.b": { c: 3 }, a: { "b.c": 2 } }, "3"],
        [{ "a.b": {}, a: { "b.c": 2 } }, "2"],
      ],
    ],
    [
      ".a",
      [
        [{ ".a": 1 }, "1"],
        [{ "": { a: 2 }, a: 3 }, "2"],
      ],
    ],
    ["a.", [[{ a: { "": 4 } }, "4"]]],
  ])("holds what %s leads to, the longest name first", (column, records) => {
    const file = encoded<object>(
      records.map(([record]) => record),
      { columns: [column, "none"] },
    );
    const cells = records.map(([, cell]) => `${cell},`);
    expect(file).toBe([`${column},none`, ...cells, ""].join("\n"));
  });

  it("is looked for in the same way in the record where its cells are others", () => {
    const records = [
      { "address.city": "own", address: { city: "Bern" } },
      { "address.city": undefined, address: { city: "Bern" } },
      { address: { city: "Bern" } },
    ];
    const layout = { columns: [], flatten: () => ({}) };
    expect(encoded<object>(records, { layout, columns: ["address.city", "none"] })).toBe(
      "address.city,none\nown,\n,\nBern,\n",
    );
  });
});

describe("the columns", () => {
  const records = [
    { id: 1, name: "a", tags: ["x"] },
    { id: 2, name: "b", note: "more" },
  ];

  it("are the first record's keys, and an extra one for all others", () => {
    expect(encoded<object>(records)).toBe(
      'id,name,tags,_extra\n1,a,"[""x""]",\n2,b,,"{""note"":""more""}"\n',
    );
  });

  it("are those of the layout", () => {
    const layout = { columns: ["name", "id"] };
    expect(encoded<object>(records, { layout })).toBe(
      'name,id,_extra\na,1,"{""tags"":[""x""]}"\nb,2,"{""note"":""more""}"\n',
    );
    const complete = { layout: { ...layout, complete: true } };
    expect(encoded<object>([{ id: 1, name: "a", tags: undefined }], complete)).toBe("name,id\na,1\n");
    // The first record knows better.
    expect(encoded<object>(records, complete)).toBe(encoded<object>(records, { layout }));
  });

  it("are the first record's where the layout only says that they are complete", () => {
    expect(encoded<object>(records.slice(0, 1), { layout: { columns: [], complete: true } })).toBe(
      'id,name,tags\n1,a,"[""x""]"\n',
    );
  });

  it("are those asked for, before all others", () => {
    expect(encoded<object>(records, { columns: ["note", "id"], layout: { columns: ["name"] } })).toBe(
      "note,id\n,1\nmore,2\n",
    );
  });

  it("are taken of the flattened record", () => {
    const layout = {
      columns: ["a.b"],
      flatten: (record: { a: { b: number } }) => ({ "a.b": record.a.b, c: undefined, d: null }),
    };
    expect(encoded([{ a: { b: 1 } }], { layout })).toBe('a.b,_extra\n1,"{""d"":null}"\n');
  });

  it("leave the name of the extra one to a record that uses it", () => {
    expect(encoded<object>([{ _extra: 1 }, { __extra: 2 }])).toBe('_extra,__extra\n1,\n,"{""__extra"":2}"\n');
  });

  it("are never none", () => {
    expect(encoded<object>([{}, { a: 1 }])).toBe('_extra\n""\n"{""a"":1}"\n');
    expect(encoded<object>([{}], { layout: { columns: [], complete: true } })).toBe('_extra\n""\n');
  });

  it("that are wrong are refused", () => {
    for (const columns of [[], ["a", "a"]]) {
      expect(() => csvEncoder({ columns })).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
    }
  });

  it("are own properties only", () => {
    const record = JSON.parse('{"__proto__":"p","constructor":"c"}');
    expect(encoded<object>([record, {}], { columns: ["__proto__", "constructor", "toString"] })).toBe(
      "__proto__,constructor,toString\np,c,\n,,\n",
    );
    expect(encoded<object>([{ a: 1 }, record])).toBe(
      'a,_extra\n1,\n,"{""__proto__"":""p"",""constructor"":""c""}"\n',
    );
  });
});

describe("the header", () => {
  it("stands alone in an empty export where the columns are known", () => {
    expect(encoded([], { columns: ["a", "b,c"] })).toBe('a,"b,c"\n');
    expect(encoded([], { layout: { columns: ["a"] } })).toBe("a,_extra\n");
    expect(encoded([])).toBe("");
  });

  it("is left out on request", () => {
    expect(encoded([{ a: 1 }], { header: false, columns: ["a"] })).toBe("1\n");
    expect(encoded([], { header: false, columns: ["a"] })).toBe("");
  });

  it("is not lost to a record that cannot be encoded", () => {
    const encoder = csvEncoder<unknown>({ columns: ["a"] });
    expect(() => encoder.write("text")).toThrow("CSV needs an object");
    expect(encoder.write({ a: 1 })).toBe("a\n1\n");
  });
});

it("an encoder says what it writes", () => {
  expect(csvEncoder()).toMatchObject({ contentType: "text/csv; charset=utf-8", extension: "csv" });
});
