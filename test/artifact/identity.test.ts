import { expect, it } from "vitest";
import { identityFromJson, identityToJson } from "../../src/artifact/identity.js";

it.each([
  {},
  { size: 0 },
  { size: 1000, validator: { kind: "etag", value: '"one"' } },
  { validator: { kind: "last-modified", value: "Thu, 01 Jan 2026 00:00:09 GMT" }, encoded: true },
] as const)("%j comes back from JSON as it was", (identity) => {
  const stored = JSON.parse(JSON.stringify(identityToJson(identity)));
  expect(stored).toEqual(identity);
  expect(identityFromJson(stored)).toMatchObject(identity);
});

it.each([
  null,
  "text",
  [],
  { size: -1 },
  { size: 1.5 },
  { size: "1000" },
  { validator: "one" },
  { validator: { kind: "etag" } },
  { validator: { kind: "weak", value: '"one"' } },
  { validator: { kind: "etag", value: 'W/"one"' } },
  { validator: { kind: "etag", value: '"one"\r\nx: y' } },
  { encoded: "yes" },
])("%j is no identity", (value) => {
  expect(identityFromJson(value)).toBeUndefined();
});
