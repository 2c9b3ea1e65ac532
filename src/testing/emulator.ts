import { emulatedFetch } from "./emulated-fetch.js";
import { createFaultPlan, type FaultPlan, type FaultRule } from "./faults.js";
import { type ReplyOverrides, replyWithFault } from "./faulty-reply.js";
import { type EmulatorOperation, type OpenRecord, type RecordedRequest, recordRequest } from "./journal.js";
import { chunksOf, type EmulatorReply } from "./reply.js";
import { createShiftableClock, type ShiftableClock } from "./shiftable-clock.js";

/** The doors of a vendor, each with an origin of its own: the API, the object store, the token server. */
export type EmulatorRole = "api" | "store" | "identity";

/** The origins of an emulated vendor, such as `https://myapp.authgearapps.com`. */
export type EmulatorOrigins = { readonly api: string } & { readonly [R in EmulatorRole]?: string };

/**
 * The time an emulator goes by. The client's own clock and {@link createTestClock} fit; the default is the real time.
 * `sleep` serves latency and trickling bodies; on a test clock these count among its sleeps. `silence` is told of every
 * request that gets no more answer until the signal is aborted.
 */
export interface EmulatorClock {
  now(): number;
  sleep?(ms: number, signal?: AbortSignal): Promise<void>;
  silence?(over: AbortSignal): void;
}

/** One request, read whole. */
export interface EmulatorRequest {
  readonly method: string;
  readonly url: URL;
  /** The path and query as they stood in the request line, where there was one: a `URL` may write them differently. */
  readonly target?: string | undefined;
  readonly headers: Headers;
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
  readonly origins: EmulatorOrigins;
  /**
   * A drop-in `fetch`. An origin that is not the vendor's is a network error, and is recorded as `foreign`.
   * Needs no `this`.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** Every request so far, in order. */
  readonly requests: readonly RecordedRequest[];
  readonly faults: FaultPlan;
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

/** What an emulator of one vendor brings along. */
export interface EmulatorDefinition {
  readonly name: string;
  readonly origins: EmulatorOrigins;
  /** The very clock that the vendor's own answers go by. */
  readonly clock?: ShiftableClock | undefined;
  readonly latencyMs?: number | ((request: EmulatorRequest) => number) | undefined;
  readonly faults?: readonly FaultRule[] | undefined;
  /** What a request is for. */
  identify(request: EmulatorRequest, role: EmulatorRole): EmulatorOperation;
  /** The vendor's answer. */
  respond(request: EmulatorRequest, role: EmulatorRole, overrides: ReplyOverrides): Promise<EmulatorReply>;
  /** Whether a URL at none of the origins reaches the vendor all the same: another customer's host. */
  reaches?(url: URL): EmulatorRole | undefined;
  moved?(origins: EmulatorOrigins): void;
  reset?(): void;
}

/** Makes an emulator of a vendor's behaviour: faults, journal, latency and `fetch` semantics are the same for all. */
export function createEmulator(definition: EmulatorDefinition): Emulator {
  const { clock = createShiftableClock(), latencyMs = 0 } = definition;
  const faults = createFaultPlan(definition.faults);
  const requests: OpenRecord[] = [];
  let origins = definition.origins;

  async function handle(request: EmulatorRequest, role: EmulatorRole): Promise<EmulatorReply> {
    const operation = definition.identify(request, role);
    const record = recordRequest(request, operation, clock.now());
    requests.push(record);
    const wait = typeof latencyMs === "number" ? latencyMs : latencyMs(request);
    if (wait > 0) await pause(clock, wait, request.signal);
    const { method, headers } = request;
    const fault = faults.take({ operation, method, path: request.url.pathname, headers });
    if (fault?.type === "clock") clock.shift(fault.offsetMs);
    const proceed = (overrides: ReplyOverrides) => definition.respond(request, role, overrides);
    const tools = {
      silence: () => silence(clock, request.signal),
      now: () => clock.now(),
      sleep: (ms: number) => pause(clock, ms, request.signal),
    };
    const reply = await (fault === undefined ? proceed({}) : replyWithFault(fault, proceed, tools));
    record.status = reply.status;
    const date = new Date(clock.now()).toUTCString();
    return { ...reply, headers: { date, ...reply.headers }, body: counted(reply, record) };
  }

  const emulator: Emulator = {
    name: definition.name,
    get endpoint() {
      return origins.api;
    },
    get storeOrigin() {
      return origins.store ?? origins.api;
    },
    get origins() {
      return origins;
    },
    fetch: (input, init) => emulatedFetch(emulator, recordForeign, input, init),
    requests,
    faults,
    clock,
    reset() {
      requests.length = 0;
      faults.clear();
      clock.shift(0);
      definition.reset?.();
    },
    relocate(moved) {
      origins = moved;
      definition.moved?.(moved);
    },
    handle,
    roleOf(url) {
      const roles: readonly EmulatorRole[] = ["api", "store", "identity"];
      return roles.find((role) => origins[role] === url.origin) ?? definition.reaches?.(url);
    },
  };

  function recordForeign(request: EmulatorRequest): void {
    requests.push(recordRequest(request, "foreign", clock.now()));
  }

  return emulator;
}

async function* counted(
  reply: EmulatorReply,
  record: OpenRecord,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunksOf(reply.body)) {
    record.bytes += chunk.byteLength;
    yield chunk;
  }
}

function pause(clock: EmulatorClock, ms: number, signal: AbortSignal): Promise<void> {
  if (clock.sleep !== undefined) return clock.sleep(ms, signal);
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

/** Says nothing until the caller is gone, and then fails. */
function silence(clock: EmulatorClock, closed: AbortSignal): Promise<never> {
  clock.silence?.(closed);
  return new Promise((_, reject) => {
    if (closed.aborted) return reject(closed.reason);
    closed.addEventListener("abort", () => reject(closed.reason), { once: true });
  });
}
