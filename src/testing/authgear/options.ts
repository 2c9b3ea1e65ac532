import { checkWhole, emulatorOptions, wrongOption } from "../check-options.js";
import type { EmulatorClock } from "../emulator.js";
import type { FaultRule } from "../faults.js";
import { createShiftableClock, type ShiftableClock } from "../shiftable-clock.js";
import type { AuthgearQuota } from "./quota.js";
import { type StoreKind, storeDialects } from "./store-dialect.js";
import type { AuthgearTask } from "./task.js";
import type { AuthgearPublicKeys } from "./token.js";

/**
 * How an export ends:
 * - `completed`: well
 * - `failed`: badly, which the vendor too calls `completed`, with `failed_at` and `error` and HTTP 200
 * - `completed-without-url`: `completed` and nothing else, as after a worker's panic
 * - `missing-object`: `completed`, with a link to a file that is not in the store
 * - `server-error`: HTTP 500 at every poll
 * - `stuck`: never; `pending` until the record is forgotten
 */
export type AuthgearOutcome =
  | "completed"
  | "failed"
  | "completed-without-url"
  | "missing-object"
  | "server-error"
  | "stuck";

/** Everything has a default; without `keys` or `tokens` nobody gets in. */
export interface AuthgearEmulatorOptions {
  /** The API's origin. Default `https://myapp.authgearapps.com`. */
  readonly endpoint?: string;
  /** The object store's origin. Default `https://storage.emulator.example`. */
  readonly storeOrigin?: string;
  /** The project (app) id that tokens must name as their audience. Default `myapp`. */
  readonly projectId?: string;
  /** The registered public keys by key id. */
  readonly keys?: AuthgearPublicKeys;
  /** Ready-made bearer tokens that are let in as they are. */
  readonly tokens?: readonly string[];
  /** How far the clocks may differ when a token's times are checked. Default 300,000; 0 at an older server. */
  readonly allowedClockSkewMs?: number;
  /** How many users an export holds. Default 100. Without any, an NDJSON export has no file at all; a CSV has its header. */
  readonly users?: number;
  /** A server from before May 2026: without `created_at`, `is_anonymized` and their columns, and strict about clocks. Default `false`. */
  readonly olderServer?: boolean;
  /** The time the vendor goes by. Default the real time. */
  readonly clock?: EmulatorClock;
  /** How long an export runs. Default 0: it is done at the first poll. Exports run one after the other. */
  readonly jobDurationMs?: number;
  /** How many polls of each export are answered as pending, however long it runs. Default 0. */
  readonly pendingPolls?: number;
  /** The word for a running export. Default `pending`; another tries a client's tolerance. */
  readonly pendingStatus?: string;
  /** How exports end, or a function of the task. Default `completed`. */
  readonly outcome?: AuthgearOutcome | ((task: AuthgearTask) => AuthgearOutcome);
  /** The exports a plan includes. Default unlimited. */
  readonly quota?: AuthgearQuota;
  /** How many exports may run at the same time, as documented (1). Default unlimited, as the server behaves. */
  readonly maxConcurrentJobs?: number;
  /** User export is switched off. Default `false`. */
  readonly exportDisabled?: boolean;
  /** Whose object store it is: how links are signed, what expiry looks like, whether HEAD works. Default `gcs`. */
  readonly store?: StoreKind;
  /** How long a link can be used to begin a download. Default 60,000. */
  readonly urlLifetimeMs?: number;
  /** Default `strong`. */
  readonly etag?: "strong" | "weak" | "none";
  /** Whether files carry `Last-Modified`. Default `true`. */
  readonly lastModified?: boolean;
  /** Whether files carry `Content-Length`. Default `true`; without it a body goes in chunks. */
  readonly contentLength?: boolean;
  /** Compresses files, unasked; ranges are ignored then, and there is no length. Default none. */
  readonly contentEncoding?: "gzip";
  /** Whether ranges are honoured or answered with the whole file. Default `honour`. */
  readonly ranges?: "honour" | "ignore";
  /** The size of the pieces a file is made in, in bytes. Default 65,536. */
  readonly chunkBytes?: number;
  /** How long every answer takes. Default 0. */
  readonly latencyMs?: number;
  /** Faults from the beginning; more can be added to `emulator.faults` at any time. */
  readonly faults?: readonly FaultRule[];
}

export type AuthgearSettings = Required<
  Omit<AuthgearEmulatorOptions, "quota" | "contentEncoding" | "faults" | "clock">
> &
  Pick<AuthgearEmulatorOptions, "quota" | "contentEncoding"> & { readonly clock: ShiftableClock };

const CALL = "createAuthgearEmulator";

export function settingsOf(options: AuthgearEmulatorOptions): AuthgearSettings {
  const defaults = {
    endpoint: "https://myapp.authgearapps.com",
    storeOrigin: "https://storage.emulator.example",
    projectId: "myapp",
    keys: {},
    tokens: [],
    allowedClockSkewMs: options?.olderServer ? 0 : 300_000,
    users: 100,
    olderServer: false,
    jobDurationMs: 0,
    pendingPolls: 0,
    pendingStatus: "pending",
    outcome: "completed",
    maxConcurrentJobs: Number.POSITIVE_INFINITY,
    exportDisabled: false,
    store: "gcs",
    urlLifetimeMs: 60_000,
    etag: "strong",
    lastModified: true,
    contentLength: true,
    ranges: "honour",
    chunkBytes: 65_536,
    latencyMs: 0,
  } as const;
  const kinds = {
    clock: "object",
    faults: "object",
    outcome: "function",
    quota: "object",
    contentEncoding: "string",
  };
  const settings = emulatorOptions(CALL, options, defaults, kinds);
  const { users, chunkBytes, endpoint, storeOrigin, store } = settings;
  checkWhole(CALL, "users", users);
  checkWhole(CALL, "chunkBytes", chunkBytes, 1);
  if (!Object.hasOwn(storeDialects, store))
    throw wrongOption(CALL, "store", `must be one of ${Object.keys(storeDialects).join(", ")}`);
  return {
    ...settings,
    clock: createShiftableClock(settings.clock),
    endpoint: new URL(endpoint).origin,
    storeOrigin: new URL(storeOrigin).origin,
  };
}
