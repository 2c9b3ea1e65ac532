import { createExportClient, type ExportEvent } from "exportkit";
import {
  type ArtifactLocation,
  type FileDeliveryOptions,
  fileDelivery,
  ndjson,
  type Provider,
  type RecordDecoder,
} from "exportkit/provider";
import { createTestClock, type TestClock } from "exportkit/testing";
import type { Answer, StoreRequest } from "./store-answers.js";
import { watchedBody } from "./watched-body.js";

type Client = ReturnType<typeof clientOver>;
type Settings = Omit<Parameters<typeof createExportClient>[0], "providers" | "clock" | "fetch">;
export type Download = Awaited<ReturnType<Client["download"]>>;

export interface ScriptedStore {
  readonly client: Client;
  readonly job: Parameters<Client["download"]>[0];
  readonly clock: TestClock;
  /** Opens the download. */
  open(options?: Parameters<Client["download"]>[1]): Promise<Download>;
  /** Every request for the file, in order. */
  readonly requests: readonly StoreRequest[];
  /** The `Range` headers of these requests. */
  readonly ranges: readonly (string | undefined)[];
  /** How often the provider was asked where the file is. */
  readonly located: number;
  /** The types of the events, requests left out. */
  readonly events: readonly string[];
  /** How many bodies are neither read to their end nor closed. */
  readonly openBodies: number;
}

export interface ScriptedStoreOptions {
  readonly client?: Settings;
  readonly clock?: TestClock;
  /** What `locate` answers beside the URL, given how often it was asked before. */
  readonly locate?: (times: number) => Partial<ArtifactLocation>;
  readonly provider?: Partial<Provider>;
  readonly delivery?: Partial<FileDeliveryOptions<unknown>> | undefined;
  readonly decoder?: RecordDecoder<unknown>;
  /** Gets every event, requests included. */
  readonly onEvent?: (event: ExportEvent) => void;
}

/** The origin of the provider, where its credentials may go. */
export const home = "https://api.example.test";
/** The origin of the store, where they may not. */
export const storeOrigin = "https://store.example.test";
/**
 * A provider of one file, and a store that answers as told: the first answer to the first request, and so on. A function
 * instead of a list answers every request. A request too many is a lost connection.
 */
export function scriptedStore(
  script: readonly Answer[] | Answer,
  options: ScriptedStoreOptions = {},
): ScriptedStore {
  const clock = options.clock ?? createTestClock();
  const requests: StoreRequest[] = [];
  const events: string[] = [];
  let located = 0;
  let bodies = 0;

  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const given = new Request(input, init);
    const request = { url: new URL(given.url), headers: Object.fromEntries(given.headers) };
    const answer = typeof script === "function" ? script : script[requests.length];
    requests.push(request);
    if (!answer) throw new TypeError("fetch failed");
    const signal = init?.signal ?? given.signal;
    const { status, headers, body } = await unlessAborted(answer(request), signal);
    if (!body) return new Response(null, { status, headers });
    bodies += 1;
    return new Response(
      watchedBody(body, signal, () => {
        bodies -= 1;
      }),
      { status, headers },
    );
  };
  const provider: Provider = {
    spec: 1,
    name: "scripted",
    capabilities: { delivery: "file", jobs: "immediate", progress: false, formats: ["ndjson"] },
    requestSchema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
    origins: [home],
    pace: { floorMs: 1, ceilingMs: 1 },
    authorize: () => ({ authorization: "Bearer provider-token", "x-provider-key": "provider-key" }),
    start: async () => ({ id: "job-1", status: "succeeded" }),
    poll: async () => ({ status: "succeeded" }),
    delivery: fileDelivery({
      locate: async () => ({
        url: `${storeOrigin}/file?signature=signature-number-${++located}`,
        credentials: "none",
        expiresAt: new Date(clock.now() + 60_000),
        ...options.locate?.(located),
      }),
      records: () => options.decoder ?? ndjson(),
      ...options.delivery,
    }),
    ...options.provider,
  };
  const client = clientOver(provider, {
    ...options.client,
    clock,
    fetch,
    onEvent: (event) => {
      options.onEvent?.(event);
      if (event.type !== "request") events.push(event.type);
    },
  });
  const job = client.parseJob({
    version: 1,
    connection: "scripted",
    provider: "scripted",
    id: "job-1",
    request: {},
    status: "succeeded",
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:00.000Z",
    polls: 1,
    retryAfterMs: 0,
  });
  return {
    client,
    job,
    clock,
    open: (downloadOptions) => client.download(job, downloadOptions),
    requests,
    events,
    get ranges() {
      return requests.map(({ headers }) => headers.range);
    },
    get located() {
      return located;
    },
    get openBodies() {
      return bodies;
    },
  };
}

function clientOver(
  provider: Provider,
  settings: Omit<Parameters<typeof createExportClient>[0], "providers">,
) {
  return createExportClient({ ...settings, providers: { scripted: provider } });
}

function unlessAborted<T>(work: T | Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    Promise.resolve(work).then(resolve, reject);
  });
}
