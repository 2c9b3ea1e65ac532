import { expect, it } from "vitest";
import { planColumns } from "../../src/postgres/columns.js";

const record = {
  "a.b": { "c.d": 1 },
  a: { b: { c: 2 }, "x.y": 3 },
  list: [{ id: 4 }, { id: 5 }],
  ...(JSON.parse('{"__proto__": {"x": 7}, "constructor": 8}') as object),
};

it.each([
  ["a.b.c.d", 1],
  ["a.b.c", 2],
  ["a.x.y", 3],
  ["list.1.id", 5],
  ["list..id", undefined],
  ["list.1e0.id", undefined],
  ["list.length", undefined],
  ["constructor", 8],
  ["toString", undefined],
  ["a.constructor", undefined],
  ["a.b.c.toString", undefined],
])("a column takes what the path %s leads to, as encode() does", (path, value) => {
  const [column] = planColumns({
    key: [],
    schema: undefined,
    columns: { column: path },
    recordColumn: "record",
  });
  expect(column?.read(record)).toBe(value);
});

it("and a member called __proto__ is one like others", () => {
  const columns = { column: "__proto__.x" };
  const [column] = planColumns({ key: [], schema: undefined, columns, recordColumn: "record" });
  expect(column?.read(JSON.parse('{"__proto__": {"x": 7}}'))).toBe(7);
  expect(column?.read({})).toBeUndefined();
});
