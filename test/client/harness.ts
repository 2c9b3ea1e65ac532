import { type ClientSettings, createExportClient, type ExportEvent } from "exportkit";
import { type AuthgearProvider, authgear } from "exportkit/authgear";
import {
  type AuthgearEmulator,
  type AuthgearEmulatorOptions,
  createAuthgearEmulator,
  createTestClock,
  type EmulatorOperation,
  type RecordedRequest,
  type TestClock,
} from "exportkit/testing";

export const token = "ready-made-token";

type Fetch = typeof globalThis.fetch;

/** A request as the client's `fetch` got it, credentials included. */
export interface SentRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string;
}

export interface HarnessOptions {
  readonly emulator?: AuthgearEmulatorOptions;
  readonly settings?: ClientSettings;
  /** Default: a connection with a ready-made token. */
  readonly provider?: AuthgearProvider;
  /** Stands between the client and the emulator. */
  readonly intercept?: (request: SentRequest, proceed: () => Promise<Response>) => Promise<Response>;
}

/** A client with one Authgear connection named `users`, in front of an emulator; both go by one virtual clock. */
export function harness(options: HarnessOptions = {}) {
  const clock = createTestClock();
  const emulator = createAuthgearEmulator({ tokens: [token], clock, users: 20, ...options.emulator });
  const events: ExportEvent[] = [];
  const sent: SentRequest[] = [];
  const fetch: Fetch = async (input, init) => {
    const request = {
      url: new URL(String(input)),
      method: init?.method ?? "GET",
      headers: new Headers(init?.headers),
      body: typeof init?.body === "string" ? init.body : "",
    };
    sent.push(request);
    const proceed = () => emulator.fetch(input as string, init);
    return options.intercept ? options.intercept(request, proceed) : proceed();
  };
  const client = createExportClient({
    providers: { users: options.provider ?? authgear({ endpoint: emulator.endpoint, token }) },
    fetch,
    clock,
    // The middle of every spread: waits become whole numbers.
    random: () => 0.5,
    onEvent: (event) => events.push(event),
    ...options.settings,
  });
  return { client, clock, emulator, events, sent, fetch };
}

export type Harness = ReturnType<typeof harness>;

/** How many requests the emulator got for an operation. */
export function count(emulator: AuthgearEmulator, operation: EmulatorOperation): number {
  return requests(emulator, operation).length;
}

export function requests(emulator: AuthgearEmulator, operation: EmulatorOperation): RecordedRequest[] {
  return emulator.requests.filter((request) => request.operation === operation);
}

/** What a promise rejects with; a promise that resolves fails the test. */
export async function rejection<E = unknown>(promise: Promise<unknown>): Promise<E> {
  try {
    await promise;
  } catch (error) {
    return error as E;
  }
  throw new Error("it should have rejected");
}

/** What a call throws; one that returns fails the test. */
export function thrown<E = unknown>(call: () => unknown): E {
  try {
    call();
  } catch (error) {
    return error as E;
  }
  throw new Error("it should have thrown");
}

/** Lets everything happen that happens without time passing. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Moves a clock on as soon as nothing else can happen, until the promise has settled. */
export async function passing<T>(clock: TestClock, ms: number, promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  await settle();
  clock.advance(ms);
  return promise;
}

export async function collect<T>(records: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const record of records) all.push(record);
  return all;
}
