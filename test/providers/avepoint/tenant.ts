import { createExportClient, type ExportClientOptions, type ExportEvent } from "exportkit";
import { type AvepointOptions, type AvepointProvider, avepoint } from "exportkit/avepoint";
import {
  type AvepointEmulator,
  type AvepointEmulatorOptions,
  createAvepointEmulator,
  createTestClock,
  type TestClock,
} from "exportkit/testing";

export const clientId = "11111111-2222-4333-8444-555555555555";
export const clientSecret = "canary-client-secret~+/=";

/** A request as it went over the wire. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
}

export interface Tenant {
  readonly emulator: AvepointEmulator;
  readonly clock: TestClock;
  readonly provider: AvepointProvider;
  readonly client: ReturnType<typeof createExportClient<{ readonly access: AvepointProvider }>>;
  /** Every request that left the client. */
  readonly sent: readonly SentRequest[];
  readonly events: readonly ExportEvent[];
  /** What the logger was given, as JSON. */
  readonly logged: readonly string[];
  /** How many requests of a kind the emulator saw. */
  count(operation: "start" | "poll" | "artifact" | "token"): number;
}

export interface TenantOptions {
  readonly emulator?: AvepointEmulatorOptions;
  /** Beside the data centre. Default the secret. */
  readonly options?: Partial<AvepointOptions>;
  readonly client?: Partial<ExportClientOptions<{ readonly access: AvepointProvider }>>;
  /** Sits between the client and the emulator. */
  readonly intercept?: (request: SentRequest, pass: () => Promise<Response>) => Promise<Response>;
}

/** An emulated tenant and a client for it, both by one test clock. */
export function tenant(given: TenantOptions = {}): Tenant {
  const clock = createTestClock();
  const emulator = createAvepointEmulator({
    clients: [{ clientId, clientSecret }],
    clock,
    ...given.emulator,
  });
  const signIn = given.options?.token || given.options?.certificate ? {} : { clientId, clientSecret };
  const provider = avepoint({ dataCenter: "us", ...signIn, ...given.options } as AvepointOptions);
  const sent: SentRequest[] = [];
  const events: ExportEvent[] = [];
  const logged: string[] = [];
  const log = (...parts: unknown[]) => void logged.push(JSON.stringify(parts));
  const client = createExportClient({
    providers: { access: provider },
    clock,
    random: () => 0.5,
    logger: { debug: log, info: log, warn: log, error: log },
    onEvent: (event) => events.push(event),
    fetch: async (input, init) => {
      const copy = new Request(input, init);
      const request = {
        method: copy.method,
        url: copy.url,
        headers: copy.headers,
        body: await copy.clone().text(),
      };
      sent.push(request);
      const pass = () => emulator.fetch(input, init);
      return given.intercept ? given.intercept(request, pass) : pass();
    },
    ...given.client,
  });
  const count = (operation: string) =>
    emulator.requests.filter((request) => request.operation === operation).length;
  return { emulator, clock, provider, client, sent, events, logged, count };
}

/** A stream as text. */
export const textOf = (stream: ReadableStream<Uint8Array>) => new Response(stream as BodyInit).text();

export const accessRequest = {
  report: "userAccess",
  email: "ada@contoso.com",
  dataSources: ["SharePoint Online"],
} as const;
