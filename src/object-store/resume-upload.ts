import * as z from "#zod";
import { csvOptionFields } from "../download/csv-options.js";
import { documentedError } from "../model/documented-error.js";
import type { ExportError } from "../model/errors.js";
import { describeIssues } from "../model/issues.js";
import type { ExportJob } from "../model/job.js";
import { isObject } from "../model/json.js";
import { objectMistake } from "../model/mistakes.js";
import { unpolluted } from "../model/own-properties.js";
import { DEFAULT_PART_BYTES, type UploadSettings } from "./upload-options.js";
import type { UploadLayout, UploadState } from "./upload-state.js";
import type { UploadTarget } from "./upload-target.js";

const schema = () => {
  const count = z.int("must be a whole number").check(z.nonnegative("must be 0 or more"));
  return z.object({
    version: z.literal(1, "must be 1: the state is of another version of exportkit"),
    connection: z.string(),
    jobId: z.string(),
    target: z.string(),
    layout: z.object({ format: z.enum(["raw", "ndjson", "csv"]), gzip: z.boolean(), ...csvOptionFields() }),
    partBytes: count.check(z.positive()),
    upload: z.string().check(z.minLength(1)),
    phase: z.enum(["reading", "finishing", "complete"]),
    uploadId: z.optional(z.string()),
    parts: z.array(z.record(z.string(), z.unknown())),
    bytes: count,
    rest: z.optional(
      z.object({ slot: z.union([z.literal(0), z.literal(1)]), bytes: count, sha256: z.string() }),
    ),
    hasRests: z.boolean(),
    records: z.optional(count),
    restarts: z.optional(count),
    // The rest of it is checked where it is used.
    checkpoint: z.optional(z.looseObject({ position: z.looseObject({}) })),
  });
};

/** The state of an upload that has not started. */
export function beginState(job: ExportJob, target: UploadTarget, settings: UploadSettings): UploadState {
  return {
    version: 1,
    connection: job.connection,
    jobId: job.id,
    target: target.name,
    layout: settings.layout,
    partBytes: settings.partBytes ?? Math.max(DEFAULT_PART_BYTES, target.minPartBytes),
    upload: crypto.randomUUID(),
    phase: "reading",
    parts: [],
    bytes: 0,
    hasRests: false,
  };
}

/** Checks an untrusted value to be the state of an upload; throws `JOB_INVALID` naming what is wrong. */
export function parseUploadState(value: unknown): UploadState {
  const mistake = objectMistake(value);
  if (mistake) throw invalid("state", mistake);
  const parsed = unpolluted(() => schema().safeParse(withoutNulls(value)));
  if (!parsed.success)
    throw documentedError(
      "JOB_INVALID",
      ...describeIssues("the state of the upload cannot be used", parsed.error.issues),
    );
  const state = parsed.data as unknown as UploadState;
  const whole = state.parts.length * state.partBytes;
  const isSum = state.phase === "reading" ? state.bytes === whole + (state.rest?.bytes ?? 0) : true;
  if (!isSum || (state.parts.length > 0 && state.uploadId === undefined))
    throw invalid("bytes", "its numbers do not add up");
  return state;
}

/** Mappers write `null` for what is absent. */
function withoutNulls(value: unknown): unknown {
  if (!isObject(value)) return value;
  const given = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(
    given.map(([name, member]) => [name, name === "layout" ? withoutNulls(member) : member]),
  );
}

/** Takes up what an earlier call of this very upload left; throws `JOB_INVALID` for a state of any other. */
export function resumeState(job: ExportJob, target: UploadTarget, settings: UploadSettings): UploadState {
  const state = parseUploadState(settings.state);
  const { layout, partBytes = state.partBytes } = settings;
  for (const [field, was, is] of [
    ["connection", state.connection, job.connection],
    ["jobId", state.jobId, job.id],
    ["target", state.target, target.name],
    ["layout", canonical(state.layout), canonical(layout)],
    ["partBytes", String(state.partBytes), String(partBytes)],
  ] as const) {
    if (was !== is)
      throw invalid(field, `it is of an upload with ${field} ${was}, and this call's is ${is}`, job);
  }
  return state;
}

/** The same text for the same options, in whatever order they came out of a store. */
function canonical(layout: UploadLayout): string {
  const given = Object.entries(layout).filter(([, value]) => value !== undefined);
  return JSON.stringify(given.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function invalid(field: string, reason: string, job?: ExportJob): ExportError {
  return documentedError("JOB_INVALID", `the state of the upload cannot be used: ${reason}`, {
    job,
    details: { field },
  });
}
