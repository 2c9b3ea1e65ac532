import * as z from "#zod";
import { ExportError } from "../model/errors.js";
import { describeIssues } from "../model/issues.js";
import type { ExportJob } from "../model/job.js";
import { isObject } from "../model/json.js";
import { madeOnce } from "../model/made-once.js";
import { objectMistake } from "../model/mistakes.js";
import { unpolluted } from "../model/own-properties.js";
import type { Checkpoint } from "./types.js";

const schema = madeOnce(() => {
  const count = z.int("must be a whole number").check(z.nonnegative("must be 0 or more"));
  const object = z.custom(isObject, "must be an object");
  return z.looseObject({
    version: z.literal(1, "must be 1: the checkpoint is of another version of exportkit"),
    connection: z.string(),
    jobId: z.string(),
    mode: z.enum(["records", "bytes", "ndjson", "csv"]),
    position: z.looseObject({ offset: count, record: count }),
    artifact: z.nullish(object),
    encoder: z.nullish(object),
  });
});

/** Checks an untrusted value to be a checkpoint of any job; throws `JOB_INVALID` naming what is wrong. */
export function readCheckpoint(value: unknown, job?: ExportJob): Checkpoint {
  const parsed = unpolluted(() => schema().safeParse(value));
  const mistake = objectMistake(value);
  if (mistake) throw invalidCheckpoint(job, "checkpoint", mistake);
  if (!parsed.success) {
    const [message, context] = describeIssues("the checkpoint cannot be used", parsed.error.issues);
    throw new ExportError("JOB_INVALID", message, { ...context, job });
  }
  return parsed.data as Checkpoint;
}

/** The error for a checkpoint that is none, or of another job. */
export function invalidCheckpoint(job: ExportJob | undefined, field: string, reason: string): ExportError {
  return new ExportError("JOB_INVALID", `the checkpoint cannot be used: ${reason}`, {
    job,
    details: { field },
  });
}

/**
 * Whether nothing of what came is of use: a file is held for another one although no validator of its store says so, or
 * it is not what its store says of the content.
 *
 * @param last - where the download was
 */
export function isUnproven(error: unknown, last: Checkpoint | undefined): error is ExportError {
  if (!ExportError.isInstance(error) || last?.artifact === undefined) return false;
  const { validator, damaged } = last.artifact;
  if (damaged) return error.code === "INTEGRITY" || error.code === "ARTIFACT_CHANGED";
  return error.code === "ARTIFACT_CHANGED" && validator === undefined;
}
