import { plainRequest } from "../jobs/request.js";
import { deepFreeze } from "../model/deep-freeze.js";
import { documentedError } from "../model/documented-error.js";
import { describeIssues, type SchemaIssue } from "../model/issues.js";
import { isObject, type JsonObject } from "../model/json.js";
import { isDate } from "../model/realm.js";
import { wrongOption } from "../model/wrong-option.js";
import type { ExportState } from "./export-state.js";
import { incrementalField } from "./incremental.js";

/**
 * The state of a new export. Sends nothing, and checks no more than that the request is plain data; the first step
 * checks the rest.
 *
 * @example
 * ```ts
 * let state = beginExport("users", { format: "ndjson" });
 * while (state.phase !== "done") {
 *   await sleepUntil(state.wakeAt);
 *   state = await advanceExport(client, state, { sink });
 * }
 * ```
 *
 * @throws `REQUEST_INVALID` for a request that is not a plain object, or cannot be written as JSON without a loss
 */
export function beginExport(connection: string, request: object): ExportState {
  if (typeof connection !== "string" || connection === "")
    throw wrongOption("beginExport", "connection", "must be the name of one");
  const field = isObject(request) ? incrementalField(request) : undefined;
  return deepFreeze({
    version: 1,
    phase: "starting",
    connection,
    request: jsonRequest(request),
    ...(field !== undefined && { incremental: field }),
    records: 0,
    wakeAt: 0,
  });
}

/** The request as JSON, with nothing lost on the way: what JSON leaves out would ask for more than was meant. */
function jsonRequest(request: unknown): JsonObject {
  const read = plainRequest(request);
  const issues: SchemaIssue[] = [...(read.issues ?? [])];
  let json: unknown;
  try {
    const text = JSON.stringify(read.issues ? null : read.value, function (this: JsonObject, key, item) {
      if (isLost(this[key])) issues.push({ path: [key], message: "must be something that JSON can hold" });
      return item;
    });
    json = JSON.parse(text ?? "null");
  } catch {}
  if (issues.length > 0)
    throw documentedError("REQUEST_INVALID", ...describeIssues("beginExport: the request", issues));
  if (isObject(json)) return json as JsonObject;
  throw documentedError("REQUEST_INVALID", "beginExport: the request must be an object that JSON can hold", {
    details: { field: "request" },
  });
}

/** What JSON drops, or writes as `null`. */
function isLost(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  if (isDate(value)) return Number.isNaN(Number(value));
  return typeof value === "function" || typeof value === "symbol";
}
