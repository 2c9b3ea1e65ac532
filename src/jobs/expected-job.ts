import type { Connection } from "../connection.js";
import { ExportError } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";
import { validateRequest } from "./request.js";

/** Checks that a job is of the connection, and of the request, that the caller takes it for; throws `JOB_INVALID`. */
export function checkExpected(
  job: ExportJob,
  connection: string,
  at: Connection,
  expected: { readonly request: unknown } | undefined,
): void {
  if (job.connection !== connection)
    throw mismatch(`it is of connection "${job.connection}" and not of "${connection}"`, "connection");
  if (!expected) return;
  const request: unknown = JSON.parse(JSON.stringify(validateRequest(at, expected.request)));
  const field = firstDifference(request, job.request, "request");
  if (field !== undefined) throw mismatch(`its ${field} is not that of the request given`, field);
}

/** The path of the first member in which two plain values differ; the order of members does not count. */
function firstDifference(a: unknown, b: unknown, path: string): string | undefined {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null)
    return a === b ? undefined : path;
  const [left, right] = [a as Members, b as Members];
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    if (!Object.hasOwn(left, key) || !Object.hasOwn(right, key)) return `${path}.${key}`;
    const found = firstDifference(left[key], right[key], `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

type Members = { readonly [key: string]: unknown };

function mismatch(reason: string, field: string): ExportError {
  return new ExportError("JOB_INVALID", `the job is another one than expected: ${reason}`, {
    details: { field },
  });
}
