import type { FaultPlan } from "./faults.js";
import type { RecordedRequest } from "./journal.js";
import type { EmulatorReply } from "./reply.js";

/** The doors of a vendor, each with an origin of its own: the API, the object store, the token server. */
export type EmulatorRole = "api" | "store" | "identity";

/** The origins of an emulated vendor, such as `https://myapp.authgearapps.com`. */
export type EmulatorOrigins = { readonly api: string } & { readonly [R in EmulatorRole]?: string };

/**
 * The time an emulator goes by. The client's own clock and {@link createTestClock} fit; the default is the real time.
 * `sleep` serves latency and trickling bodies; on a test clock these count among its sleeps. `silence` is told of every
 * request that gets no answer until the signal is aborted.
 */
export interface EmulatorClock {
  /** Ms since the epoch. */
  now(): number;
  /** Resolves after `ms`. Default: the system's timers. */
  sleep?(ms: number, signal?: AbortSignal): Promise<void>;
  /** Told of a request that gets no answer until `over` is aborted. */
  silence?(over: AbortSignal): void;
}

/** One request, read whole. */
export interface EmulatorRequest {
  /** The HTTP method. */
  readonly method: string;
  /** The whole URL. */
  readonly url: URL;
  /** The path and query as they stood in the request line, where there was one: a `URL` may write them differently. */
  readonly target?: string | undefined;
  /** The headers. */
  readonly headers: Headers;
  /** The body; empty where there is none. */
  readonly body: Uint8Array;
  /** Aborted when the caller is gone. */
  readonly signal: AbortSignal;
}

/** An emulated vendor. The same object serves as `fetch`, behind MSW, and behind real sockets. */
export interface Emulator {
  /** The vendor's name, such as `"authgear"`. */
  readonly name: string;
  /** The API's origin. */
  readonly endpoint: string;
  /** Where files are served from; the API's own origin where the vendor has no store. */
  readonly storeOrigin: string;
  /** Where it is reached. */
  readonly origins: EmulatorOrigins;
  /**
   * A drop-in `fetch`. An origin that is not the vendor's is a network error, and is recorded as `foreign`.
   * Needs no `this`.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** Every request so far, in order. */
  readonly requests: readonly RecordedRequest[];
  /** What goes wrong, and when. */
  readonly faults: FaultPlan;
  /** The time that it goes by. */
  readonly clock: EmulatorClock;
  /** Forgets requests, faults and everything that was started. */
  reset(): void;
  /** Moves the vendor to other origins; links made from now on name them. */
  relocate(origins: EmulatorOrigins): void;
  /** Answers one request that came in at a door; rejects where no answer is given. For adapters to other servers. */
  handle(request: EmulatorRequest, role: EmulatorRole): Promise<EmulatorReply>;
  /** Which door a URL leads to, if any. */
  roleOf(url: URL): EmulatorRole | undefined;
}
