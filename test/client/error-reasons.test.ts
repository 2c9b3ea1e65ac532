import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createExportClient, ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";
import { advanceExport, beginExport } from "exportkit/durable";
import { saveExport } from "exportkit/node";
import { uploadExport } from "exportkit/object-store";
import { createAuthgearEmulator, createTestClock, createZephrEmulator } from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { describe, expect, it, onTestFinished } from "vitest";
import { memoryStore } from "../object-store/memory-target.js";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";

// The kind of error that the engine repeats, fills in and makes copies of where it is not a reason.
const facts = { retryable: true, details: { why: "deploy" } } as const;
const reasons: readonly (readonly [string, () => ExportError])[] = [
  ["an ExportError", () => new ExportError("NETWORK", "enough", facts)],
  ["one that is frozen", () => Object.freeze(new ExportError("NETWORK", "enough", facts))],
  ["one of the same connection", () => new ExportError("NETWORK", "enough", { ...facts, connection: "any" })],
  [
    "one that tells of another start",
    () => Object.freeze(new ExportError("START_OUTCOME_UNKNOWN", "enough")),
  ],
];

const token = "ready-made-token";
const keys = { accessKey: "access", secretKey: "secret" };

/** A client of one vendor, and a signal that is aborted when the request with that number reaches `fetch`. */
async function givingUp(vendor: "authgear" | "zephr", reason: unknown, users = 120) {
  const controller = new AbortController();
  const { signal } = controller;
  const clock = createTestClock();
  const common = { clock, users };
  const emulator =
    vendor === "authgear"
      ? createAuthgearEmulator({ ...common, tokens: [token], pendingPolls: 1, chunkBytes: 4_000 })
      : createZephrEmulator({ ...common, keys: { [keys.accessKey]: keys.secretKey } });
  const { endpoint } = emulator;
  const provider =
    vendor === "authgear" ? authgear({ endpoint, token }) : zephr({ baseUrl: endpoint, ...keys });
  const at = { request: Number.POSITIVE_INFINITY };
  let sent = 0;
  const fetch: typeof globalThis.fetch = (input, init) => {
    sent += 1;
    if (sent >= at.request) controller.abort(reason);
    return emulator.fetch(input as string, init);
  };
  // Both vendors are used alike here.
  const client = createExportClient({
    providers: { any: provider as ReturnType<typeof authgear> },
    fetch,
    clock,
  });
  const request = (vendor === "authgear" ? { format: "ndjson" } : { pageSize: 20 }) as { format: "ndjson" };
  const started = await client.startExport("any", request);
  const job = await client.waitForExport(started);
  const giveUpAt = (request: number) => {
    at.request = sent + request;
  };
  return { client, request, started, job, signal, controller, giveUpAt, reason };
}

type Set_ = Awaited<ReturnType<typeof givingUp>>;

async function path(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "exportkit-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, "out");
}

const atRequest = (request: number, call: (set: Set_) => Promise<unknown>) => (set: Set_) => {
  set.giveUpAt(request);
  return call(set);
};

/** What is done, and when the caller gives up. */
const moments: readonly (readonly [string, (set: Set_) => Promise<unknown>])[] = [
  ["pollExport", atRequest(1, ({ client, started, signal }) => client.pollExport(started, { signal }))],
  ["waitForExport", atRequest(1, ({ client, started, signal }) => client.waitForExport(started, { signal }))],
  [
    "waitForExport while it sleeps",
    ({ client, started, signal, controller, reason }) =>
      client.waitForExport(started, { signal, onProgress: () => controller.abort(reason) }),
  ],
  [
    "runExport",
    ({ client, request, signal, controller, reason }) =>
      client.runExport("any", request, { signal, onProgress: () => controller.abort(reason) }),
  ],
  ["download", atRequest(1, ({ client, job, signal }) => client.download(job, { signal }))],
  [
    "download that opens its file",
    atRequest(2, async ({ client, job, signal }) => collect(await client.download(job, { signal }))),
  ],
  ...(["records", "batches", "bytes", "encode"] as const).map(
    (way) =>
      [
        `${way} while they are read`,
        async ({ client, job, signal, controller, reason }: Set_) => {
          const download = await client.download(job, { signal });
          const read = {
            records: () => download.records(),
            batches: () => download.batches({ size: 5 }),
            bytes: () => download.bytes(),
            encode: () => download.encode("csv"),
          }[way]();
          for await (const _ of read as AsyncIterable<unknown>) controller.abort(reason);
        },
      ] as const,
  ),
  [
    "saveExport",
    atRequest(2, async ({ client, job, signal }) =>
      saveExport(client, job, await path(), { signal, format: "csv" }),
    ),
  ],
  [
    "saveExport while it writes",
    async ({ client, job, signal, controller, reason }) =>
      saveExport(client, job, await path(), { signal, onProgress: () => controller.abort(reason) }),
  ],
  [
    "uploadExport",
    ({ client, job, signal, controller, reason }) =>
      uploadExport(client, job, memoryStore().target, {
        signal,
        partBytes: 3_500,
        onState: () => controller.abort(reason),
      }),
  ],
  [
    "uploadExport in the middle of a call of the store",
    ({ client, job, signal, controller, reason }) => {
      const store = memoryStore();
      store.intercept = () => controller.abort(reason);
      return uploadExport(client, job, store.target, { signal, partBytes: 3_500 });
    },
  ],
  [
    "advanceExport",
    async ({ client, request, signal, controller, reason }) => {
      let state = beginExport("any", request);
      const sink = {
        write: async ({ records }: { readonly records: readonly unknown[] }) => {
          if (records.length > 0) controller.abort(reason);
        },
      };
      while (state.phase !== "done") state = await advanceExport(client, state, { sink, signal, batch: 5 });
    },
  ],
];

describe.each(reasons)("%s as the reason of an abort", (_, make) => {
  const told = (error: ExportError) => JSON.stringify(error);

  it.each(moments)("is what %s of a file rejects with, as it was", async (_, act) => {
    const reason = make();
    const said = told(reason);
    expect(await rejection(act(await givingUp("authgear", reason)))).toBe(reason);
    expect(told(reason)).toBe(said);
  });

  // A listing is there at once, and asks nothing where it is polled.
  const listed = moments.filter(([moment]) => !/^(poll|waitForExport$|waitForExport while)/.test(moment));
  it.each(listed)("is what %s of a listing rejects with, as it was", async (_, act) => {
    const reason = make();
    const said = told(reason);
    expect(await rejection(act(await givingUp("zephr", reason)))).toBe(reason);
    expect(told(reason)).toBe(said);
  });

  it("is what a start rejects with whose token is still awaited", async () => {
    const controller = new AbortController();
    const reason = make();
    const said = told(reason);
    const users = authgear({
      endpoint: "https://example.authgearapps.com",
      token: () => {
        controller.abort(reason);
        return token;
      },
    });
    const client = createExportClient({ providers: { any: users }, fetch: () => expect.unreachable() });
    const start = client.startExport("any", { format: "ndjson" }, { signal: controller.signal });
    expect(await rejection(start)).toBe(reason);
    expect(told(reason)).toBe(said);
  });

  it("is the cause of a start whose outcome is not known", async () => {
    const reason = make();
    const controller = new AbortController();
    const client = createExportClient({
      providers: { any: authgear({ endpoint: "https://example.authgearapps.com", token }) },
      fetch: async () => {
        controller.abort(reason);
        throw new TypeError("fetch failed");
      },
    });
    const start = client.startExport("any", { format: "ndjson" }, { signal: controller.signal });
    const error = await rejection<ExportError>(start);
    expect(error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", connection: "any" });
    expect(error.cause).toBe(reason);
  });
});
