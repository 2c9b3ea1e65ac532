import { createEmulator, type Emulator } from "../emulator.js";
import { createApi, identify } from "./api.js";
import type { AvepointJob } from "./job.js";
import { createJobQueue } from "./job-queue.js";
import { type AvepointEmulatorOptions, settingsOf } from "./options.js";
import { createTokenEndpoint, tokenPath } from "./token-endpoint.js";

/** An emulated tenant of AvePoint Insights. */
export interface AvepointEmulator extends Emulator {
  /** Which vendor it is. */
  readonly name: "avepoint";
  /** The token endpoint, wherever it is served. */
  readonly tokenUrl: string;
  /** The exports that were started, in order: their number says how often a start took effect. */
  readonly jobs: readonly AvepointJob[];
  /** Ends every access token there is. */
  revokeTokens(): void;
  /** Lets every file be another one from now on: other content, other `ETag`. */
  changeFiles(): void;
}

/**
 * AvePoint's Insights reports as the service behaves: the sign-in service on an origin of its own, and the API with the
 * twelve starts, the jobs and their files. Refuses what the vendor refuses, and makes ZIPs of real workbooks of any size
 * without holding them.
 *
 * @throws `CONFIG_INVALID` for an option that makes no sense
 *
 * @example
 * ```ts
 * const emulator = createAvepointEmulator({ clients: [{ clientId: "app", clientSecret: "secret" }], rows: 10_000 });
 * emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 100_000 } });
 *
 * const client = createExportClient({
 *   providers: { access: avepoint({ dataCenter: "us", clientId: "app", clientSecret: "secret" }) },
 *   fetch: emulator.fetch,
 * });
 * ```
 */
export function createAvepointEmulator(options: AvepointEmulatorOptions = {}): AvepointEmulator {
  const settings = settingsOf(options);
  const jobs = createJobQueue(settings);
  const tokens = createTokenEndpoint(settings);
  const api = createApi(settings, jobs, tokens);
  let identityOrigin = settings.identityOrigin;

  const emulator = createEmulator({
    name: "avepoint",
    origins: { api: settings.endpoint, identity: settings.identityOrigin },
    clock: settings.clock,
    latencyMs: settings.latencyMs,
    faults: options.faults,
    identify: (request, role) =>
      role === "identity" ? (request.url.pathname === tokenPath ? "token" : "unknown") : identify(request),
    respond: async (request, role, overrides) =>
      role === "identity"
        ? tokens.respond(request, identityOrigin, overrides)
        : api.respond(request, overrides),
    moved(moved) {
      identityOrigin = moved.identity ?? moved.api;
    },
    reset() {
      jobs.reset();
      tokens.reset();
      api.reset();
    },
  });
  const extension = {
    name: "avepoint",
    get tokenUrl() {
      return `${identityOrigin}${tokenPath}`;
    },
    jobs: jobs.all,
    revokeTokens: tokens.revoke,
    changeFiles: api.change,
  } as const;
  return Object.defineProperties(emulator, Object.getOwnPropertyDescriptors(extension)) as AvepointEmulator;
}
