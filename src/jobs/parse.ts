import * as z from "#zod";
import type { Connection } from "../connection.js";
import { isTooDeep, MOST_LEVELS } from "../exact/levels.js";
import { deepFreeze } from "../model/deep-freeze.js";
import { ExportError } from "../model/errors.js";
import { describeIssues } from "../model/issues.js";
import { type ExportJob, isJobId, JOB_STATUSES } from "../model/job.js";
import { isObject } from "../model/json.js";
import { madeOnce } from "../model/made-once.js";
import { objectMistake } from "../model/mistakes.js";
import { unpolluted } from "../model/own-properties.js";
import { shown } from "../model/printable.js";
import { validate, validateRequest } from "./request.js";

const schema = madeOnce(() => {
  const time = z
    .string("must be an ISO 8601 time")
    .check(z.refine((text) => !Number.isNaN(Date.parse(text)), "must be an ISO 8601 time"));
  const words = z.string("must be a string").check(z.minLength(1, "must not be empty"));
  const count = z.number("must be a number").check(z.nonnegative("must be 0 or more"));
  return z.looseObject({
    version: z.literal(1),
    connection: words,
    provider: words,
    id: z.string("must be a string").check(z.refine(isJobId, "must be the id of an export")),
    request: z.unknown(),
    status: z.enum(JOB_STATUSES),
    providerStatus: z.optional(z.string()),
    createdAt: time,
    updatedAt: time,
    finishedAt: z.optional(time),
    expiresAt: z.optional(time),
    progress: z.optional(
      z.looseObject({ completed: z.optional(z.number()), total: z.optional(z.number()), unit: z.string() }),
    ),
    failure: z.optional(
      z.looseObject({ code: z.enum(["EXPORT_FAILED", "EXPORT_EXPIRED"]), message: z.string() }),
    ),
    warnings: z.optional(z.array(z.string())),
    polls: count.check(z.int("must be a whole number")),
    retryAfterMs: count,
  });
});

/** Checks an untrusted value to be a job of one of these connections; throws `JOB_INVALID` naming what is wrong. */
export function parseJob(connections: ReadonlyMap<string, Connection>, stored: unknown): ExportJob {
  const mistake = objectMistake(stored);
  if (mistake) throw invalid(mistake);
  const value = withoutNulls(stored as { readonly [key: string]: unknown });
  if (value.version !== 1) {
    throw invalid(
      `its version is ${shown(value.version)} and this package reads version 1; ` +
        ("job" in value ? "pass its job" : "use the package version that made it, or start a new export"),
      "version",
    );
  }
  const parsed = unpolluted(() => schema().safeParse(value));
  if (!parsed.success) {
    const [message, context] = describeIssues(
      "the value is not a job of exportkit",
      parsed.error.issues,
      value,
    );
    throw new ExportError("JOB_INVALID", message, context);
  }
  const job = parsed.data as ExportJob;
  const connection = connections.get(job.connection);
  if (!connection) {
    const known = [...connections.keys()].join(", ");
    throw invalid(`this client has no connection ${shown(job.connection)} (it has: ${known})`, "connection");
  }
  if (connection.provider.name !== job.provider) {
    throw invalid(
      `connection "${job.connection}" is of provider ${connection.provider.name} here, and the job is of ${shown(job.provider)}`,
      "provider",
    );
  }
  return deepFreeze(plainCopy({ ...job, request: parseRequest(connection, job.request) }));
}

/** A copy, so that freezing it leaves the caller's own value as it is. */
function plainCopy(job: ExportJob): ExportJob {
  // An error that carries it must be writable, too. Its request may have as many levels as any.
  const most = MOST_LEVELS + 1;
  try {
    if (!isTooDeep(job, most)) return JSON.parse(JSON.stringify(job));
  } catch {
    throw invalid("it holds something that cannot be written as JSON");
  }
  throw invalid(`it is nested more than ${most} levels deep, or holds itself`);
}

/** The object's own members; mappers write `null` for those that are absent, also in what it holds. */
function withoutNulls(value: { readonly [key: string]: unknown }): { readonly [key: string]: unknown } {
  const kept: { [key: string]: unknown } = Object.create(null);
  for (const [key, item] of Object.entries(value)) {
    if (item !== null || key === "request")
      kept[key] = isObject(item) && PARTS.has(key) ? withoutNulls(item) : item;
  }
  return kept;
}

const PARTS: ReadonlySet<string> = new Set(["progress", "failure"]);

function parseRequest(connection: Connection, request: unknown): ExportJob["request"] {
  const asked = validate(connection, request);
  // A null may mean something to an adapter; where it does not, it stands for an absent field.
  const result = asked.issues ? validate(connection, withoutNullsAtAll(request)) : asked;
  if (!result.issues) return result.value;
  const issues = (asked.issues ?? result.issues).map((issue) => ({
    ...issue,
    path: ["request", ...(issue.path ?? [])],
  }));
  const [message, context] = describeIssues("the job cannot be used", issues, { request });
  throw new ExportError("JOB_INVALID", message, context);
}

/** JSON without the members that are `null`, at any depth. */
function withoutNullsAtAll(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value), (_, item) => item ?? undefined);
  } catch {
    return value;
  }
}

function invalid(reason: string, field = "job", problem = "cannot be used here"): ExportError {
  return new ExportError("JOB_INVALID", `the job ${problem}: ${reason}`, { details: { field } });
}

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
  return invalid(reason, field, "is another one than expected");
}
