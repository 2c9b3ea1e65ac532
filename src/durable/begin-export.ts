import { deepFreeze } from "../model/deep-freeze.js";
import { ExportError } from "../model/errors.js";
import { isObject, type JsonObject } from "../model/json.js";
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
 * @throws `REQUEST_INVALID` for a request that is no object, or cannot be written as JSON
 */
export function beginExport(connection: string, request: object): ExportState {
  const field = isObject(request) ? incrementalField(request) : undefined;
  return deepFreeze({
    version: 1,
    phase: "starting",
    connection,
    request: plainRequest(request),
    ...(field !== undefined && { incremental: field }),
    records: 0,
    wakeAt: 0,
  });
}

function plainRequest(request: unknown): JsonObject {
  let plain: unknown;
  try {
    plain = JSON.parse(JSON.stringify(request) ?? "null");
  } catch {}
  if (isObject(plain)) return plain as JsonObject;
  throw new ExportError("REQUEST_INVALID", "beginExport: the request must be an object that JSON can hold", {
    details: { field: "request" },
  });
}
