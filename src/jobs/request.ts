import type { Connection } from "../connection.js";
import { MOST_LEVELS, NestedTooDeep } from "../exact/levels.js";
import type { ExportError } from "../model/errors.js";
import { describeIssues, type Hint, type SchemaIssue } from "../model/issues.js";
import { isWritable } from "../model/json.js";
import { loadPart } from "../model/load-part.js";
import { unpolluted } from "../model/own-properties.js";
import type { SchemaResult } from "../spec/schema.js";

/**
 * The caller's request as the adapter's schema reads it; throws `REQUEST_INVALID` naming each wrong field, with what was
 * probably meant.
 */
export async function takeRequest(connection: Connection, input: unknown): Promise<unknown> {
  const result = writable(validate(connection, input));
  if (!result.issues) return result.value;
  const { requestHints } = await loadPart(import("./request-hints.js"));
  throw refused(connection, result.issues, input, requestHints(input, connection.provider.requestSchema));
}

/** The same at once, without suggestions. */
export function validateRequest(connection: Connection, input: unknown): unknown {
  const result = writable(validate(connection, input));
  if (!result.issues) return result.value;
  throw refused(connection, result.issues, input);
}

function refused(
  connection: Connection,
  ...found: readonly [readonly SchemaIssue[], unknown, Hint?]
): ExportError {
  const what = `the ${connection.provider.name} export request`;
  return connection.error("REQUEST_INVALID", ...describeIssues(what, ...found));
}

/** Refuses what no job could keep, such as a BigInt: behind the start it would be too late. */
function writable(result: SchemaResult<unknown>): SchemaResult<unknown> {
  if (result.issues || isWritable(() => result.value)) return result;
  const value = Object(result.value) as { readonly [key: string]: unknown };
  // As a member of its own, for what is passed over there is no mistake.
  const field = Object.keys(value).find((key) => !isWritable(() => [value[key]]));
  return { issues: [{ path: field === undefined ? [] : [field], message: "cannot be written as JSON" }] };
}

/** What the adapter's schema makes of a request. A stored job is read at once, so the schema must not take its time. */
export function validate(connection: Connection, input: unknown): SchemaResult<unknown> {
  const plain = plainRequest(input);
  if (plain.issues) return plain;
  const schema = connection.provider.requestSchema["~standard"];
  const answer = unpolluted(() => schema.validate(plain.value));
  // A promise may come from another realm or library.
  if (typeof (answer as PromiseLike<unknown>).then === "function") {
    // Nobody waits for it any more.
    Promise.resolve(answer).catch(() => {});
    throw asynchronous(connection);
  }
  const result = answer as SchemaResult<unknown>;
  if (result.issues) return result;
  // Again, for a schema makes objects of its own; what it makes beyond plain data is the adapter's business.
  const own = plainRequest(result.value);
  return own.issues ? result : own;
}

function asynchronous(connection: Connection): ExportError {
  return connection.error(
    "CONFIG_INVALID",
    `the requestSchema of provider ${connection.provider.name} validates asynchronously, or throws; it must answer at once`,
    { details: { field: "requestSchema" } },
  );
}

// A value that is referred to in many places is copied for each of them.
const MOST_CONTAINERS = 100_000;
const NOT_PLAIN = "must be a plain object; nothing would be read of a class's instance, such as a Map";

/**
 * The request as plain data with nothing inherited, so that every adapter's schema judges what the caller wrote and
 * nothing else: getters are read once, and a `Date` of another realm becomes one of this. What a request is not made of
 * stays as it is, for the schema to refuse.
 */
export function plainRequest(input: unknown): SchemaResult<unknown> {
  const issues: SchemaIssue[] = [];
  const around = new Set<object>();
  let containers = 0;
  let hasEnded = false;

  const read = (holder: object, key: PropertyKey, path: readonly PropertyKey[]): unknown => {
    try {
      return copy((holder as { readonly [key: PropertyKey]: unknown })[key], path);
    } catch {
      issues.push({ path, message: "cannot be read: its getter throws" });
      return undefined;
    }
  };

  const copy = (value: unknown, path: readonly PropertyKey[]): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (hasEnded) return undefined;
    const trouble = around.has(value)
      ? "holds itself"
      : around.size === MOST_LEVELS
        ? `is ${new NestedTooDeep().message}`
        : ++containers > MOST_CONTAINERS && "holds too many values";
    if (trouble) {
      // A value that holds itself twice does so without end.
      hasEnded = true;
      issues.push({ path: path.slice(0, 3), message: trouble });
      return undefined;
    }
    around.add(value);
    const copied = copyOf(value, path);
    around.delete(value);
    return copied;
  };

  const copyOf = (value: object, path: readonly PropertyKey[]): unknown => {
    if (Array.isArray(value))
      return Array.from(value.keys(), (index) => read(value, index, [...path, index]));
    const time = timeOf(value);
    if (time !== undefined && path.length > 0) return new Date(time);
    if (!isData(value)) {
      if (path.length === 0) issues.push({ path, message: NOT_PLAIN });
      return value;
    }
    const own: { [key: string]: unknown } = Object.create(null);
    for (const key of Object.keys(value)) own[key] = read(value, key, [...path, key]);
    return own;
  };

  let value: unknown;
  try {
    value = copy(input, []);
  } catch {
    // A proxy, most likely.
    issues.push({ path: [], message: "cannot be read" });
  }
  return issues.length > 0 ? { issues } : { value };
}

/** The time of a `Date`, of whatever realm. */
function timeOf(value: object): number | undefined {
  // What throws takes its time, and most are none.
  if (Object.prototype.toString.call(value) !== "[object Date]") return undefined;
  try {
    return Date.prototype.getTime.call(value);
  } catch {
    return undefined;
  }
}

/** A plain object, of whatever realm; or an instance that is no more than its own fields and its class's functions. */
function isData(value: object): boolean {
  let prototype = Object.getPrototypeOf(value);
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return true;
  if (Object.keys(value).length === 0) return false;
  for (; Object.getPrototypeOf(prototype) !== null; prototype = Object.getPrototypeOf(prototype)) {
    const inherited = Object.values(Object.getOwnPropertyDescriptors(prototype));
    if (!inherited.every((property) => typeof property.value === "function")) return false;
  }
  return true;
}
