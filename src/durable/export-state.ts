import * as z from "#zod";
import type { Checkpoint } from "../download/types.js";
import { deepFreeze } from "../model/deep-freeze.js";
import { documentedError } from "../model/documented-error.js";
import type { ExportError } from "../model/errors.js";
import { describeIssues } from "../model/issues.js";
import { type ExportJob, isTerminal } from "../model/job.js";
import { isObject, type JsonObject } from "../model/json.js";
import { objectMistake } from "../model/mistakes.js";
import { unpolluted } from "../model/own-properties.js";
import { shown } from "../model/printable.js";

/**
 * - `starting`: nothing was sent yet, as far as this state knows
 * - `waiting`: the vendor works on the export
 * - `reading`: records are being delivered
 * - `done`: all are delivered
 */
export type ExportPhase = "starting" | "waiting" | "reading" | "done";

/**
 * A whole export as one value: plain, frozen, JSON-safe, versioned, without secrets. Keep it in a workflow engine, a queue
 * message or a row, and give it to `advanceExport`.
 */
export interface ExportState {
  /** The form of this state; another one is refused. */
  readonly version: 1;
  /** How far it has come. */
  readonly phase: ExportPhase;
  /** The name of the connection, as the client has it. */
  readonly connection: string;
  /** As it was given, as JSON. */
  readonly request: JsonObject;
  /** The export at the vendor, from its start on. */
  readonly job?: ExportJob;
  /** The place after the records that are delivered. */
  readonly checkpoint?: Checkpoint;
  /** How many records are delivered. */
  readonly records: number;
  /** When to take the next step, in ms since the epoch; 0 for at once. */
  readonly wakeAt: number;
  /** The field of the request by which only changes are asked for; see `incremental`. */
  readonly incremental?: string;
  /** When this run was started, by the vendor's clock; ISO 8601. What the next incremental run begins from. */
  readonly watermark?: string;
}

const schema = () => {
  const count = z.number("must be a number").check(z.nonnegative("must be 0 or more"));
  const words = z.string("must be a string").check(z.minLength(1, "must not be empty"));
  const object = z.record(z.string(), z.unknown(), "must be an object");
  return z
    .looseObject({
      version: z.literal(1),
      phase: z.enum(["starting", "waiting", "reading", "done"]),
      connection: words,
      request: object,
      job: z.optional(object),
      checkpoint: z.optional(object),
      incremental: z.optional(words),
      records: count.check(z.int("must be a whole number")),
      wakeAt: count,
      watermark: z.optional(
        z
          .string("must be an ISO 8601 time")
          .check(z.refine((text) => !Number.isNaN(Date.parse(text)), "must be an ISO 8601 time")),
      ),
    })
    .check(
      z.refine(({ phase, job }) => phase === "starting" || job !== undefined, {
        path: ["job"],
        message: "is missing, though the export was started",
      }),
      z.refine(({ connection, job }) => job?.connection === undefined || job.connection === connection, {
        path: ["job", "connection"],
        message: "must be the connection of the state",
      }),
    );
};

/**
 * Checks an untrusted value, such as a state from a queue, to be a state. Its job and its checkpoint are checked by the
 * step that uses them.
 *
 * @example
 * ```ts
 * const state = parseState(await load());
 * const next = await advanceExport(client, state, { sink });
 * ```
 *
 * @throws `JOB_INVALID`, naming the field
 */
export function parseState(value: unknown): ExportState {
  const mistake = objectMistake(value);
  if (mistake) throw invalid(mistake, "state");
  if (isObject(value) && value.version !== 1)
    throw invalid(`its version is ${shown(value.version)} and this package reads version 1`, "version");
  // Mappers write `null` for what is absent.
  const given = isObject(value)
    ? Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null))
    : value;
  const parsed = unpolluted(() => schema().safeParse(given));
  if (!parsed.success)
    throw documentedError(
      "JOB_INVALID",
      ...describeIssues("the value is not a state of exportkit/durable", parsed.error.issues),
    );
  try {
    // A copy, so that freezing it leaves the caller's own value as it is; its members keep their order, by which some compare.
    return deepFreeze(JSON.parse(JSON.stringify(given)));
  } catch {
    throw invalid("it holds something that cannot be written as JSON", "state");
  }
}

function invalid(reason: string, field: string): ExportError {
  return documentedError("JOB_INVALID", `the state cannot be used: ${reason}`, { details: { field } });
}

/** The state with the job as it stands. A job that ended badly stays `waiting`, so that every later step says so again. */
export function withJob(state: ExportState, job: ExportJob): ExportState {
  return deepFreeze({
    ...state,
    phase: job.status === "succeeded" ? "reading" : "waiting",
    job,
    wakeAt: isTerminal(job) ? 0 : Date.parse(job.updatedAt) + job.retryAfterMs,
  });
}
