import { type ClientSettings, createExportClient, type ExportEvent } from "exportkit";
import { type AuthgearProvider, authgear } from "exportkit/authgear";
import {
  type AuthgearEmulator,
  type AuthgearEmulatorOptions,
  createAuthgearEmulator,
  createTestClock,
  type EmulatorOperation,
  type RecordedRequest,
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
