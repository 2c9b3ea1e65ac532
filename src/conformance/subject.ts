import { createExportClient } from "../client.js";
import type { ExportDownload } from "../download/types.js";
import type { ExportClient } from "../export-client.js";
import type { ExportError } from "../model/errors.js";
import type { ExportEvent } from "../model/events.js";
import type { ExportJob } from "../model/job.js";
import { isError } from "../model/realm.js";
import type { AnyProvider } from "../spec/provider.js";
import { createTestClock } from "../testing/clock.js";
import type { Emulator } from "../testing/emulator.js";
import { type ConformanceOptions, check, fail } from "./conformance-case.js";

type Client = ExportClient<{ readonly it: AnyProvider }>;
/** A job of the connection that every subject has. */
export type Job = ExportJob<"it", unknown>;

/** The adapter under test, at a vendor of its own, and everything that was shown of it. */
export interface Subject<E extends Emulator = Emulator> {
  readonly emulator: E;
  readonly clock: ReturnType<typeof createTestClock>;
  readonly provider: AnyProvider;
  /** A client as another process would make it: nothing is shared but what is passed as JSON. */
  connect(): Promise<Client>;
  readonly client: Client;
  readonly events: readonly ExportEvent[];
  /** Every header value that was sent as a credential, and every query of a URL on another origin. */
  readonly credentials: ReadonlySet<string>;
  /** What a caller could see: events, log lines, and what `show` was given. */
  shown(): string;
  show(value: unknown): void;
  /** The requests at the vendor from here on. */
  mark(): void;
  since(operation: string): number;
}

export async function subjectOf<E extends Emulator>(options: ConformanceOptions<E>): Promise<Subject<E>> {
  const clock = createTestClock();
  const emulator = await options.emulator(clock);
  const events: ExportEvent[] = [];
  const lines: string[] = [];
  const credentials = new Set<string>(options.secrets);
  const log = (...parts: unknown[]) => void lines.push(parts.map(visible).join(" "));
  let marked = 0;
  const clientOf = (provider: AnyProvider): Client =>
    createExportClient({
      providers: { it: provider },
      clock,
      random: () => 0.5,
      logger: { debug: log, info: log, warn: log, error: log },
      onEvent: (event) => events.push(event),
      fetch: async (input, init) => {
        note(credentials, emulator, new URL(String(input)), signedHeaders(provider, init));
        return emulator.fetch(input as string, init);
      },
    });
  const provider = await options.provider(emulator);
  return {
    emulator,
    clock,
    provider,
    connect: async () => clientOf(await options.provider(emulator)),
    client: clientOf(provider),
    events,
    credentials,
    show: (value) => void lines.push(visible(value)),
    shown: () => [...lines, ...events.map(visible)].join("\n"),
    mark() {
      marked = emulator.requests.length;
    },
    since: (operation) =>
      emulator.requests.slice(marked).filter((request) => request.operation === operation).length,
  };
}

/** How long an emulated export may take, in virtual ms. */
export const LONGEST_WAIT_MS = 3_600_000;

/** From a start to a finished job. */
export async function finishedJob<E extends Emulator>(
  subject: Subject<E>,
  options: ConformanceOptions<E>,
): Promise<Job> {
  const job = await subject.client.startExport("it", options.request as never);
  return subject.client.waitForExport(job, { timeoutMs: LONGEST_WAIT_MS });
}

export async function readAll(download: ExportDownload<unknown>): Promise<unknown[]> {
  const records: unknown[] = [];
  for await (const record of download) records.push(record);
  return records;
}

/** What a promise rejects with; fails the case where it does not. */
export async function rejection(promise: Promise<unknown>, words: string): Promise<ExportError> {
  try {
    await promise;
  } catch (error) {
    check(
      (error as Partial<ExportError>).code !== undefined,
      `${words}: ${String(error)} is not an ExportError`,
    );
    return error as ExportError;
  }
  return fail(`${words}: nothing was thrown`);
}

/** Everything of a value that a person could come to see, the causes and stacks of errors included. */
function visible(value: unknown): string {
  if (!isError(value)) return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return [value.stack ?? value.message, JSON.stringify(value), visible(value.cause ?? "")].join("\n");
}

// Shorter values are ordinary words and numbers.
const SHORTEST_SECRET = 12;

/** What was sent in the headers that sign a request. */
function signedHeaders(provider: AnyProvider, init?: RequestInit): readonly (string | null)[] {
  const headers = new Headers(init?.headers);
  return (provider.authorizationHeaders ?? ["authorization"]).map((name) => headers.get(name));
}

function note(
  credentials: Set<string>,
  emulator: Emulator,
  url: URL,
  signed: readonly (string | null)[],
): void {
  const add = (text: string | null | undefined) => {
    if (text && text.length >= SHORTEST_SECRET) credentials.add(text);
  };
  for (const value of signed) add(value?.split(" ").at(-1));
  if (emulator.roleOf(url) === "store") for (const value of url.searchParams.values()) add(value);
}
