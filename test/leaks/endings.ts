import type { ExportClient, ExportDownload, ExportJob } from "exportkit";
import type { FaultRule } from "exportkit/testing";

// biome-ignore lint/suspicious/noExplicitAny: the client of any vendor
type AnyClient = ExportClient<any>;

/** What an ending has to work with. */
export interface EndingScene {
  readonly client: AnyClient;
  readonly job: ExportJob;
  readonly controller: AbortController;
  /** Resolves when the vendor has something of ours under way. */
  readonly underWay: () => Promise<void>;
}

/** A way in which a call or a download can end. */
export interface Ending {
  /** What goes wrong at the vendor; `at` stands for its operation that serves the result. */
  readonly faults?: (at: "artifact" | "page") => readonly FaultRule[];
  readonly act: (scene: EndingScene) => Promise<unknown>;
}

const open = ({ client, job, controller }: EndingScene): Promise<ExportDownload<unknown>> =>
  client.download(job as never, { signal: controller.signal }) as Promise<ExportDownload<unknown>>;

async function readAll(scene: EndingScene): Promise<void> {
  for await (const _ of await open(scene));
}

async function cancelled(stream: ReadableStream<Uint8Array> | null): Promise<void> {
  const reader = stream?.getReader();
  await reader?.read();
  await reader?.cancel();
}

/** Aborts as soon as the vendor is busy with it. */
async function abortUnderWay(scene: EndingScene, work: Promise<unknown>): Promise<unknown> {
  work.catch(() => {});
  await scene.underWay();
  scene.controller.abort();
  return work;
}

const refused = (status: number, headers = {}, body = "") =>
  ({ type: "status", status, headers, body }) as const;

export const endings: { readonly [name: string]: Ending } = {
  success: { act: readAll },
  break: {
    async act(scene) {
      for await (const _ of await open(scene)) break;
    },
  },
  "a throwing consumer": {
    async act(scene) {
      for await (const _ of await open(scene)) throw new Error("the consumer's own");
    },
  },
  "await using": {
    async act(scene) {
      await using download = await open(scene);
      for await (const _ of download.records()) break;
    },
  },
  "never read, disposed of": {
    async act(scene) {
      await (await open(scene))[Symbol.asyncDispose]();
    },
  },
  "bytes cancelled": { act: async (scene) => cancelled((await open(scene)).bytes()) },
  "bytes cancelled unread": { act: async (scene) => (await open(scene)).bytes().cancel() },
  "encoding cancelled": {
    act: async (scene) => cancelled((await open(scene)).encode("csv", { columns: ["a"] })),
  },
  "response cancelled": { act: async (scene) => cancelled((await open(scene)).toResponse().body) },
  "abort before the headers": {
    faults: (on) => [{ on, times: 99, fault: { type: "hang" } }],
    act: (scene) => abortUnderWay(scene, readAll(scene)),
  },
  "abort in the body": {
    faults: (on) => [{ on, times: 99, fault: { type: "stall", afterBytes: 100 } }],
    act: (scene) => abortUnderWay(scene, readAll(scene)),
  },
  "abort between two records": {
    async act(scene) {
      for await (const _ of await open(scene)) scene.controller.abort();
    },
  },
  "abort during a backoff": {
    faults: (on) => [{ on, times: 99, fault: refused(503, { "retry-after": "100" }) }],
    act(scene) {
      const work = readAll(scene);
      work.catch(() => {});
      setTimeout(() => scene.controller.abort(), 100);
      return work;
    },
  },
  "abort during a wait": {
    act(scene) {
      const { client, controller } = scene;
      const waiting = {
        ...scene.job,
        status: "running",
        retryAfterMs: 60_000,
        updatedAt: new Date().toISOString(),
      };
      setTimeout(() => controller.abort(), 50);
      return client.waitForExport(waiting as never, { signal: controller.signal, timeoutMs: 120_000 });
    },
  },
  "time is up": {
    act({ client, job, controller }) {
      const waiting = {
        ...job,
        status: "running",
        retryAfterMs: 60_000,
        updatedAt: new Date().toISOString(),
      };
      return client.waitForExport(waiting as never, { signal: controller.signal, timeoutMs: 20 });
    },
  },
  refused: { faults: (on) => [{ on, times: 99, fault: refused(403) }], act: readAll },
  "the server fails": { faults: (on) => [{ on, times: 99, fault: refused(500) }], act: readAll },
  "connections lost": { faults: (on) => [{ on, times: 99, fault: { type: "reset" } }], act: readAll },
  "no sense in it": {
    faults: (on) => [{ on, times: 99, fault: refused(200, {}, "]no sense\n") }],
    act: readAll,
  },
  "another file": {
    faults: (on) => [
      { on, fault: { type: "drop", afterBytes: 200_000 } },
      { on, fault: { type: "change" } },
    ],
    act: readAll,
  },
};
