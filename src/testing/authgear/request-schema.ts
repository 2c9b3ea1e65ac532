import { type AuthgearCsvField, headerOf, pointerTokens } from "./columns.js";
import {
  type AuthgearApiError,
  bodyTooLarge,
  invalidJson,
  nonUniqueFieldNames,
  type SchemaCause,
  unexpectedError,
  validationFailed,
} from "./errors.js";
import { jsonFault } from "./go-json-syntax.js";

/** The body of a start, as the vendor accepts and echoes it. */
export interface AuthgearExportRequest {
  /** The format that was asked for. */
  readonly format: "csv" | "ndjson";
  /** The columns that were asked for. */
  readonly csv?: { readonly fields?: readonly AuthgearCsvField[] };
}

const bodyLimit = 1_048_576;

type Checked = { readonly request: AuthgearExportRequest } | { readonly error: AuthgearApiError };

/** Checks the body of a start by the vendor's schema. */
export function checkExportRequest(body: Uint8Array): Checked {
  if (body.byteLength > bodyLimit) return { error: bodyTooLarge(bodyLimit) };
  const fault = jsonFault(body);
  // A body that is cut short is a failure of the connection to the server, and no mistake of the caller.
  if (fault?.kind === "cut") return { error: unexpectedError };
  if (fault) return { error: invalidJson(fault.offset, fault.message) };
  const value: unknown = JSON.parse(new TextDecoder().decode(body));
  const causes = rootCauses(value).sort((a, b) => (a.location < b.location ? -1 : 1));
  if (causes.length > 0) return { error: validationFailed(causes) };
  const request = echoOf(value as Fields);
  if (request === undefined) return { error: unexpectedError };
  const names = (request.csv?.fields ?? []).map(headerOf);
  if (new Set(names).size < names.length) return { error: nonUniqueFieldNames(names) };
  return { request };
}

/**
 * What Go reads into its own types: keys in any case, the last one wins, unknown ones dropped. The schema knows keys by
 * their exact names only, so `Fields` comes this far unchecked; what does not fit then is the server's own failure.
 */
function echoOf({ format, csv }: Fields): AuthgearExportRequest | undefined {
  const kind = format as AuthgearExportRequest["format"];
  if (csv === undefined) return { format: kind };
  const given = byGo(csv as Fields, "fields");
  if (given === undefined || given === null) return { format: kind, csv: {} };
  if (!Array.isArray(given)) return undefined;
  const fields: AuthgearCsvField[] = [];
  for (const field of given) {
    const { pointer = "", name } = isObject(field)
      ? { pointer: byGo(field, "pointer"), name: byGo(field, "field_name") }
      : { pointer: undefined, name: undefined };
    if (typeof pointer !== "string" || pointerTokens(pointer) === undefined) return undefined;
    if (name !== undefined && name !== null && typeof name !== "string") return undefined;
    fields.push(name ? { pointer: wellFormed(pointer), field_name: wellFormed(name) } : { pointer });
  }
  return { format: kind, csv: { fields } };
}

/** A member by its name in any case, the last of them. */
function byGo(object: Fields, name: string): unknown {
  return Object.entries(object).findLast(([key]) => key.toLowerCase() === name)?.[1];
}

/** Go has no place for half of a surrogate pair. */
function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, "\ufffd");
}

type Fields = { readonly [key: string]: unknown };

function rootCauses(value: unknown): SchemaCause[] {
  if (!isObject(value)) return [wrongType("", value, "object")];
  const causes: SchemaCause[] = [];
  for (const key of Object.keys(value)) {
    if (key !== "format" && key !== "csv") causes.push({ location: `/${escaped(key)}`, kind: "" });
  }
  if (!Object.hasOwn(value, "format")) causes.push(missing("", value, "format"));
  else if (value.format !== "ndjson" && value.format !== "csv") {
    const details = { actual: value.format, expected: ["ndjson", "csv"] };
    if (typeof value.format !== "string") causes.push(wrongType("/format", value.format, "string"));
    causes.push({ location: "/format", kind: "enum", details });
  }
  if (Object.hasOwn(value, "csv")) causes.push(...csvCauses(value.csv));
  return causes;
}

function csvCauses(csv: unknown): SchemaCause[] {
  if (!isObject(csv)) return [wrongType("/csv", csv, "object")];
  if (!Object.hasOwn(csv, "fields")) return [];
  const { fields } = csv;
  if (!Array.isArray(fields)) return [wrongType("/csv/fields", fields, "array")];
  if (fields.length === 0)
    return [{ location: "/csv/fields", kind: "minItems", details: { actual: 0, expected: 1 } }];
  return fields.flatMap((field, index) => fieldCauses(field, `/csv/fields/${index}`));
}

function fieldCauses(field: unknown, location: string): SchemaCause[] {
  if (!isObject(field)) return [wrongType(location, field, "object")];
  const causes: SchemaCause[] = [];
  if (!Object.hasOwn(field, "pointer")) causes.push(missing(location, field, "pointer"));
  else if (typeof field.pointer !== "string")
    causes.push(wrongType(`${location}/pointer`, field.pointer, "string"));
  else if (pointerTokens(field.pointer) === undefined) {
    const details = { error: "not a JSON pointer that starts with /", format: "json-pointer" };
    causes.push({ location: `${location}/pointer`, kind: "format", details });
  }
  if (!Object.hasOwn(field, "field_name")) return causes;
  const name = field.field_name;
  if (typeof name !== "string") causes.push(wrongType(`${location}/field_name`, name, "string"));
  else if (name === "") {
    const details = { actual: 0, expected: 1 };
    causes.push({ location: `${location}/field_name`, kind: "minLength", details });
  }
  return causes;
}

function missing(location: string, value: Fields, key: string): SchemaCause {
  const actual = Object.keys(value).sort();
  const details = { actual: actual.length === 0 ? null : actual, expected: [key], missing: [key] };
  return { location, kind: "required", details };
}

function wrongType(location: string, value: unknown, expected: string): SchemaCause {
  const actual = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  return { location, kind: "type", details: { actual: [actual], expected: [expected] } };
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
