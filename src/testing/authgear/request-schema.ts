import { type AuthgearCsvField, headerOf, pointerTokens } from "./columns.js";
import {
  type AuthgearApiError,
  bodyTooLarge,
  invalidJson,
  nonUniqueFieldNames,
  type SchemaCause,
  validationFailed,
} from "./errors.js";
import { syntaxErrorOffset } from "./json-syntax.js";

/** The body of a start, as the vendor accepts and echoes it. */
export interface AuthgearExportRequest {
  readonly format: "csv" | "ndjson";
  readonly csv?: { readonly fields?: readonly AuthgearCsvField[] };
}

const bodyLimit = 1_048_576;

type Checked = { readonly request: AuthgearExportRequest } | { readonly error: AuthgearApiError };

/** Checks the body of a start by the vendor's schema. */
export function checkExportRequest(body: Uint8Array): Checked {
  if (body.byteLength > bodyLimit) return { error: bodyTooLarge(bodyLimit) };
  // A byte order mark is no JSON to the vendor, so it is not dropped here.
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(body);
  const offset = syntaxErrorOffset(text);
  if (offset !== undefined) return { error: invalidJson(offset) };
  const value: unknown = JSON.parse(text);
  const causes = rootCauses(value).sort((a, b) => (a.location < b.location ? -1 : 1));
  if (causes.length > 0) return { error: validationFailed(causes) };
  const request = echoOf(value as AuthgearExportRequest);
  const names = (request.csv?.fields ?? []).map(headerOf);
  if (new Set(names).size < names.length) return { error: nonUniqueFieldNames(names) };
  return { request };
}

/** Only the known keys are kept: unknown ones inside `csv` and its fields pass the schema and are dropped. */
function echoOf({ format, csv }: AuthgearExportRequest): AuthgearExportRequest {
  if (csv === undefined) return { format };
  const fields = csv.fields?.map(({ pointer, field_name }) =>
    field_name === undefined ? { pointer } : { pointer, field_name },
  );
  return { format, csv: fields === undefined ? {} : { fields } };
}

type Fields = { readonly [key: string]: unknown };

function rootCauses(value: unknown): SchemaCause[] {
  if (!isObject(value)) return [wrongType("", value, "object")];
  const causes: SchemaCause[] = [];
  for (const key of Object.keys(value)) {
    if (key !== "format" && key !== "csv")
      causes.push({ location: `/${escaped(key)}`, kind: "additionalProperties" });
  }
  if (!Object.hasOwn(value, "format")) causes.push(missing("", value, "format"));
  else if (typeof value.format !== "string") causes.push(wrongType("/format", value.format, "string"));
  else if (value.format !== "ndjson" && value.format !== "csv") {
    const details = { actual: value.format, expected: ["ndjson", "csv"] };
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
