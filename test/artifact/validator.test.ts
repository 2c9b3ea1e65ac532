import { expect, it } from "vitest";
import { readFileHeaders, type Validator } from "../../src/artifact/file-headers.js";
import { contradicts, matches } from "../../src/artifact/range-answer.js";

const date = "Thu, 01 Jan 2026 00:00:10 GMT";
const older = "Thu, 01 Jan 2026 00:00:09 GMT";
const headers = (fields: { readonly [name: string]: string }) => readFileHeaders(new Headers(fields));
const tag: Validator = { kind: "etag", value: '"one"' };
const modified: Validator = { kind: "last-modified", value: older };

it.each<[string, { [name: string]: string }, Validator | undefined]>([
  ["nothing", {}, undefined],
  ["a strong tag", { etag: '"one"' }, tag],
  ["a strong tag with space around it", { etag: ' "one" ' }, tag],
  ["an empty strong tag", { etag: '""' }, { kind: "etag", value: '""' }],
  ["a strong tag beside a date", { etag: '"one"', "last-modified": older, date }, tag],
  ["a weak tag", { etag: 'W/"one"' }, undefined],
  ["a weak tag in lower case, which is none", { etag: 'w/"one"' }, undefined],
  ["a weak tag beside a strong date", { etag: 'W/"one"', "last-modified": older, date }, undefined],
  ["a bare tag", { etag: "one" }, undefined],
  ["a tag with a quote inside", { etag: '"o"ne"' }, undefined],
  ["a date a second older", { "last-modified": older, date }, modified],
  ["a date of the same second", { "last-modified": date, date }, undefined],
  ["a date later than the answer", { "last-modified": date, date: older }, undefined],
  ["a date without an answer's", { "last-modified": older }, undefined],
  ["a date that is none", { "last-modified": "12", date }, undefined],
  ["an answer's date that is none", { "last-modified": older, date: "now" }, undefined],
])("%s", (_, fields, validator) => {
  expect(headers(fields).validator).toEqual(validator);
});

it.each<[string, Validator, { [name: string]: string }, boolean, boolean]>([
  ["the same tag", tag, { etag: '"one"' }, true, false],
  ["another tag", tag, { etag: '"two"' }, false, true],
  ["the tag made weak", tag, { etag: 'W/"one"' }, false, true],
  ["no tag", tag, {}, false, false],
  ["a date, where a tag was known", tag, { "last-modified": older, date }, false, false],
  ["the same date", modified, { "last-modified": older }, true, false],
  ["another date", modified, { "last-modified": date }, false, true],
  ["a tag, where a date was known", modified, { etag: '"one"' }, false, false],
])("%s", (_, validator, fields, same, other) => {
  expect(matches(validator, headers(fields))).toBe(same);
  expect(contradicts(validator, headers(fields))).toBe(other);
});
