import { inspect } from "node:util";
import type { ExportError, ExportEvent, ExportJob } from "exportkit";
import {
  type ArmedScenario,
  armScenario,
  createTestClock,
  type Emulator,
  type FaultOperation,
  type FaultScenario,
  type RecordedRequest,
  serveEmulator,
} from "exportkit/testing";
import { expect } from "vitest";
import { recordingLogger, visible } from "../client/canary/leaks.js";
import type { VendorSetup } from "./setups.js";

/** What a run showed. */
export interface Run {
  readonly records: readonly unknown[];
  /** What the caller got instead of the end. */
  readonly error: ExportError | undefined;
  /** The requests that the vendor got for the operation in question, while it was under way. */
  readonly requests: readonly RecordedRequest[];
  /** Exports begun at the vendor; 0 where it knows none. */
  readonly started: number;
  readonly fired: number;
  /** Retries and renewals that the client told of. */
  readonly events: readonly ExportEvent[];
  /** Every state of the job that was seen. */
  readonly jobs: readonly ExportJob[];
  /** Secrets that showed in an error, a log line, an event, a job or a checkpoint. */
  readonly leaks: readonly string[];
}

export interface RunOptions {
  readonly scenario?: FaultScenario;
  readonly operation: FaultOperation;
  /** Behind real sockets, or through the emulator's own `fetch`. */
  readonly sockets: boolean;
  /** Lets the global `fetch` meet the emulator in another way; returns what ends that. */
  readonly intercept?: (emulator: Emulator) => () => void;
}

/** Which call a fault is to hit. */
const stepOf = {
  token: "start",
  start: "start",
  poll: "wait",
  page: "download",
  artifact: "download",
} as const;

/** An export from its start to its last record, with a fault in one operation. */
export async function runCase(
  setup: VendorSetup,
  { scenario, operation, sockets, intercept }: RunOptions,
): Promise<Run> {
  const clock = createTestClock();
  // Time is virtual; only what trickles takes a real moment, so that it does not count as silence.
  const { emulator, connect, started, secrets } = setup.create({ ...clock, sleep: realSleep });
  const server = sockets ? await serveEmulator(emulator) : undefined;
  const release = intercept?.(emulator);
  const events: ExportEvent[] = [];
  const credentials = new Set(secrets);
  const { logger, lines } = recordingLogger();
  let armed: ArmedScenario | undefined;
  let lifted: Promise<void> | undefined;
  const client = connect({
    fetch: async (input, init) => {
      noteCredentials(credentials, new URL(String(input)), new Headers(init?.headers));
      return sockets || intercept ? globalThis.fetch(input, init) : emulator.fetch(input as string, init);
    },
    clock: {
      ...clock,
      // A closed port opens again before the second try.
      sleep: async (ms, signal) => {
        await lifted;
        return clock.sleep(ms, signal);
      },
    },
    logger,
    random: () => 0.5,
    onEvent(event) {
      events.push(event);
      if (event.type === "retry" && isRefused(scenario)) lifted ??= armed?.lift();
    },
  });

  let from = 0;
  let to: number | undefined;
  const step = async <T>(name: "start" | "wait" | "download", call: () => Promise<T>): Promise<T> => {
    if (stepOf[operation] !== name) return call();
    from = emulator.requests.length;
    if (scenario) armed = await armScenario(scenario, { emulator, operation, server });
    try {
      return await call();
    } finally {
      to = emulator.requests.length;
    }
  };

  const records: unknown[] = [];
  const jobs: ExportJob[] = [];
  const shown: unknown[] = [];
  let error: ExportError | undefined;
  // A client in use: it has signed in, and its connections are open.
  if (operation === "start") await client.start();
  const startedBefore = started();
  try {
    jobs.push(await step("start", () => client.start()));
    jobs.push(await step("wait", () => client.wait(jobs[0] as ExportJob)));
    await step("download", async () => {
      const download = await client.download(jobs[1] as ExportJob);
      for await (const record of download) records.push(record);
      shown.push(download.checkpoint(), inspect(download));
    });
  } catch (thrown) {
    error = thrown as ExportError;
    if (error.job) jobs.push(error.job);
  }
  const requests = emulator.requests.slice(from, to).filter((request) => isOf(operation, request));
  const fired = armed?.fired ?? 0;
  await lifted;
  await server?.close();
  release?.();
  const text = [error, ...jobs, ...events, ...lines, ...shown].map(visible).join("\n");
  const leaks = [...credentials].filter((secret) => text.includes(secret));
  return { records, error, requests, started: started() - startedBefore, fired, events, jobs, leaks };
}

/** The records of runs on the emulator's own `fetch` without a fault, each made once. */
export function undisturbedRecords(setup: VendorSetup) {
  const made = new Map<FaultOperation, readonly unknown[]>();
  return async (operation: FaultOperation): Promise<readonly unknown[]> => {
    const records = made.get(operation) ?? (await runCase(setup, { operation, sockets: false })).records;
    expect(records).toHaveLength(setup.records);
    made.set(operation, records);
    return records;
  };
}

export function isRefused(scenario: FaultScenario | undefined): boolean {
  return scenario?.faults.some(({ fault }) => fault.type === "refuse") ?? false;
}

/** At Zephr a start reads a page. */
function isOf(operation: FaultOperation, request: RecordedRequest): boolean {
  return request.operation === operation || (operation === "start" && request.operation === "page");
}

function noteCredentials(secrets: Set<string>, url: URL, headers: Headers): void {
  const authorization = headers.get("authorization")?.split(" ").at(-1);
  if (authorization) secrets.add(authorization).add(authorization.split(/[.:]/).at(-1) ?? authorization);
  for (const [name, value] of url.searchParams) if (/signature/i.test(name)) secrets.add(value);
}

const realSleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
