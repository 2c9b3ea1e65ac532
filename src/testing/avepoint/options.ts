import { checkWhole, emulatorOptions } from "../check-options.js";
import type { EmulatorClock } from "../emulator.js";
import type { FaultRule } from "../faults.js";
import { createShiftableClock, type ShiftableClock } from "../shiftable-clock.js";
import type { RefusalStyle } from "./errors.js";
import type { AvepointJob } from "./job.js";
import { type AvepointFileOptions, checkFile, FILE_DEFAULTS } from "./report-file.js";

/** An app that may sign in: with a secret, with certificates, or with either. */
export interface AvepointEmulatorClient {
  /** The id that it signs in with. */
  readonly clientId: string;
  /** The secret that it signs in with, where it has no certificate. */
  readonly clientSecret?: string;
  /** X.509 PEM; `generateAvepointCertificate` makes one. */
  readonly certificates?: readonly string[];
}

/**
 * How an export ends, with its `jobStatus`:
 * - `finished`: well (2)
 * - `exceptions`: well, with something missing (4)
 * - `failed`: badly (3)
 * - `stopped`: stopped by somebody (6)
 * - `missing-file`: well (2), but its file is not there
 * - `stuck`: never (1)
 */
export type AvepointOutcome = "finished" | "exceptions" | "failed" | "stopped" | "missing-file" | "stuck";

/** A media type under which the API answers JSON. */
export type AvepointAnswerType = "application/json" | "text/json" | "text/plain";

/** Everything has a default; without `clients` or `tokens` nobody gets in. */
export interface AvepointEmulatorOptions extends AvepointFileOptions {
  /** The API's origin. Default `https://graph-us.avepointonlineservices.com`. */
  readonly endpoint?: string;
  /** The token endpoint's origin. Default `https://identity.avepointonlineservices.com`. */
  readonly identityOrigin?: string;
  /** The registered apps. */
  readonly clients?: readonly AvepointEmulatorClient[];
  /** Ready-made access tokens that are let in as they are. */
  readonly tokens?: readonly string[];
  /** How long an access token is good. Default 3,600,000. */
  readonly tokenLifetimeMs?: number;
  /** How far the clocks may differ when an assertion's times are checked. Default 0. */
  readonly allowedClockSkewMs?: number;
  /** The time the vendor goes by. Default the real time. */
  readonly clock?: EmulatorClock;
  /** How long an export runs. Default 0: it is done at the first poll. */
  readonly jobDurationMs?: number;
  /** The `jobStatus` that the first polls of each job are told, whatever the truth is; a function of the job too. */
  readonly jobStatuses?: readonly number[] | ((job: AvepointJob) => readonly number[]);
  /** How exports end, or a function of the job. Default `finished`. */
  readonly outcome?: AvepointOutcome | ((job: AvepointJob) => AvepointOutcome);
  /** How many exports may run at the same time. Default 5. */
  readonly maxRunningJobs?: number;
  /** The status with which an export too many is refused, which the vendor does not document. Default 429. */
  readonly limitStatus?: 429 | 400;
  /** How long a job and its file are kept after the start. Default for ever. */
  readonly keptMs?: number;
  /** Whether a start answers its id as a string or as an integer; the vendor's pages show both. Default `string`. */
  readonly jobIdType?: "string" | "number";
  /**
   * The media type of the API's answers, which come as any of three; a function is asked for each answer.
   * Default `application/json`.
   */
  readonly answerType?: AvepointAnswerType | (() => AvepointAnswerType);
  /** Whether an answer with nothing to say has `message: null` instead of words or an empty text. Default `false`. */
  readonly nullMessages?: boolean;
  /** Whether refusals show in the HTTP status or only inside of a 200. Default `http`. */
  readonly refusals?: RefusalStyle;
  /** Whether ranges are honoured or answered with the whole file. Default `honour`. */
  readonly ranges?: "honour" | "ignore";
  /** Default `strong`. */
  readonly etag?: "strong" | "weak" | "none";
  /** Whether files carry `Content-Length`. Default `true`; without it a body goes in chunks. */
  readonly contentLength?: boolean;
  /** The size of the pieces a file is made in, in bytes. Default 65,536. */
  readonly chunkBytes?: number;
  /** How long every answer takes. Default 0. */
  readonly latencyMs?: number;
  /** Faults from the beginning; more can be added to `emulator.faults` at any time. */
  readonly faults?: readonly FaultRule[];
}

export type AvepointSettings = Required<Omit<AvepointEmulatorOptions, "faults" | "clock">> & {
  readonly clock: ShiftableClock;
};

const CALL = "createAvepointEmulator";

export function settingsOf(options: AvepointEmulatorOptions): AvepointSettings {
  const defaults = {
    endpoint: "https://graph-us.avepointonlineservices.com",
    identityOrigin: "https://identity.avepointonlineservices.com",
    clients: [],
    tokens: [],
    tokenLifetimeMs: 3_600_000,
    allowedClockSkewMs: 0,
    jobDurationMs: 0,
    jobStatuses: [],
    outcome: "finished",
    maxRunningJobs: 5,
    limitStatus: 429,
    keptMs: Number.POSITIVE_INFINITY,
    jobIdType: "string",
    answerType: "application/json",
    nullMessages: false,
    refusals: "http",
    ranges: "honour",
    etag: "strong",
    contentLength: true,
    chunkBytes: 65_536,
    latencyMs: 0,
    ...FILE_DEFAULTS,
  } as const;
  const kinds = {
    clock: "object",
    faults: "object",
    jobStatuses: "function",
    outcome: "function",
    answerType: "function",
  };
  const { faults: _, ...settings } = emulatorOptions(CALL, options, defaults, kinds);
  const { chunkBytes, endpoint, identityOrigin } = settings;
  checkFile(CALL, settings);
  checkWhole(CALL, "chunkBytes", chunkBytes, 1);
  return {
    ...settings,
    clock: createShiftableClock(settings.clock),
    endpoint: new URL(endpoint).origin,
    identityOrigin: new URL(identityOrigin).origin,
  };
}
