import { checkFunctions, isObject, wrongOption } from "./check-options.js";
import { emulatedFetch } from "./emulated-fetch.js";
import type {
  Emulator,
  EmulatorClock,
  EmulatorOrigins,
  EmulatorRequest,
  EmulatorRole,
} from "./emulator-contract.js";
import { createFaultPlan, type FaultRule } from "./faults.js";
import { type ReplyOverrides, replyWithFault } from "./faulty-reply.js";
import { type EmulatorOperation, type OpenRecord, recordRequest } from "./journal.js";
import { chunksOf, type EmulatorReply } from "./reply.js";
import { createShiftableClock, type ShiftableClock } from "./shiftable-clock.js";

export type { Emulator, EmulatorClock, EmulatorOrigins, EmulatorRequest, EmulatorRole };

/** What an emulator of one vendor brings along. */
export interface EmulatorDefinition {
  /** Which vendor it is. */
  readonly name: string;
  /** Where it is reached. */
  readonly origins: EmulatorOrigins;
  /** The very clock that the vendor's own answers go by. */
  readonly clock?: ShiftableClock | undefined;
  /** How long an answer takes, in ms, or what tells it of a request. Default 0. */
  readonly latencyMs?: number | ((request: EmulatorRequest) => number) | undefined;
  /** What goes wrong from the beginning. */
  readonly faults?: readonly FaultRule[] | undefined;
  /** What a request is for. */
  identify(request: EmulatorRequest, role: EmulatorRole): EmulatorOperation;
  /** The vendor's answer. */
  respond(request: EmulatorRequest, role: EmulatorRole, overrides: ReplyOverrides): Promise<EmulatorReply>;
  /** Whether a URL at none of the origins reaches the vendor all the same: another customer's host. */
  reaches?(url: URL): EmulatorRole | undefined;
  /** Told of new origins. */
  moved?(origins: EmulatorOrigins): void;
  /** Forgets what the vendor has learnt. */
  reset?(): void;
}

const CALL = "createEmulator";

/**
 * Makes an emulator of a vendor's behaviour: faults, journal, latency and `fetch` semantics are the same for all.
 *
 * @example
 * ```ts
 * const emulator = createEmulator({
 *   name: "shop",
 *   origins: { api: "https://shop.example" },
 *   identify: ({ method }) => (method === "POST" ? "start" : "poll"),
 *   respond: async () => textReply(200, "application/json", '{"id":7}'),
 * });
 * emulator.faults.add({ on: "poll", fault: { type: "status", status: 503 } });
 * (await emulator.fetch("https://shop.example/exports", { method: "POST" })).status; // 200
 * (await emulator.fetch("https://shop.example/exports/7")).status; // 503
 * ```
 */
export function createEmulator(definition: EmulatorDefinition): Emulator {
  checkFunctions(CALL, "definition", definition, ["identify", "respond"], "what an emulator is made of");
  const { clock = createShiftableClock(), latencyMs = 0 } = definition;
  if (!isObject(definition.origins) || typeof definition.origins.api !== "string")
    throw wrongOption(CALL, "origins", "must be an object with the origin of the api");
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
