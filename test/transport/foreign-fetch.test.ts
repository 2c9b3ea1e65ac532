import { Readable } from "node:stream";
import { runInNewContext } from "node:vm";
import { type ClientSettings, createExportClient, type ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";
import { createAuthgearEmulator, createTestClock } from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";
import { token } from "../client/harness.js";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";

type Fetch = NonNullable<ClientSettings["fetch"]>;

/** A client whose fetch makes something else of what the emulator answers, to requests of a kind. */
function client(change: (response: Response) => unknown, to: (url: string) => boolean = () => true) {
  const clock = createTestClock();
  const emulator = createAuthgearEmulator({ tokens: [token], users: 20, clock });
  const fetch = (async (input: string, init?: RequestInit) => {
    const response = await emulator.fetch(input, init);
    return to(input) ? change(response) : response;
  }) as Fetch;
  const { endpoint } = emulator;
  const providers = { users: authgear({ endpoint, token }) };
  const plain = createExportClient({ providers, clock, fetch: emulator.fetch });
  return { emulator, clock, plain, client: createExportClient({ providers, clock, fetch }) };
}

const isStart = (url: string) => url.endsWith("/export");

/** What libraries return in place of a Response. */
const foreign: readonly (readonly [string, (response: Response) => unknown])[] = [
  ["a Node stream as body (node-fetch, cross-fetch)", like({ body: Readable.from(["{}"]) })],
  [
    "no body, and text() in its place (whatwg-fetch, React Native)",
    like({ body: undefined, text: async () => "{}" }),
  ],
  ["the data itself (axios, got)", () => ({ data: {}, status: 200, headers: { etag: "x" } })],
  ["a string", () => "{}"],
  ["nothing", () => undefined],
  ["null", () => null],
];

function like(other: object) {
  return ({ status, headers }: Response) => ({ status, headers, ok: true, ...other });
}

/** The same answer, its body in chunks of another kind. */
const chunks = (map: (chunk: Uint8Array) => unknown) => (response: Response) => {
  const body = response.body?.pipeThrough(
    new TransformStream<Uint8Array, unknown>({ transform: (chunk, out) => out.enqueue(map(chunk)) }),
  );
  return { ...like({})(response), body };
};

const taken = {
  text: (response: Response) => void response.text(),
  clone: (response: Response) => void response.clone(),
  getReader: (response: Response) => void response.body?.getReader(),
};

it.each(Object.entries(taken))("a body that the fetch function took by %s() itself", async (how, take) => {
  const spoilt = (response: Response) => {
    take(response);
    return response;
  };
  const { client: other, plain } = client(spoilt, (url) => !isStart(url));
  const job = await plain.waitForExport(await plain.startExport("users", { format: "ndjson" }));
  const reading = other.download(job).then(collect);
  if (how === "clone") expect(await reading).toHaveLength(20);
  else {
    const error = await rejection<ExportError>(reading);
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { field: "fetch" } });
    expect(error.message).toContain("was read already");
  }
});

describe.each(foreign)("a fetch that returns %s", (_, change) => {
  it("is CONFIG_INVALID where nothing is at stake, and not tried again", async () => {
    const { client: other, plain, emulator } = client(change, (url) => !isStart(url));
    const job = await plain.waitForExport(await plain.startExport("users", { format: "ndjson" }));
    const requests = emulator.requests.length;
    for (const call of [() => other.download(job), () => other.pollExport({ ...job, status: "running" })]) {
      const error = await rejection<ExportError>(call());
      expect(error).toMatchObject({ code: "CONFIG_INVALID", retryable: false, details: { field: "fetch" } });
      expect(error.message).toMatch(
        /the fetch function .*: (it returned no Response|its Response has no body).* node-fetch/,
      );
    }
    expect(emulator.requests.length).toBe(requests + 2);
  });

  it("leaves a start unknown, and is named as the reason", async () => {
    const { client: other, emulator } = client(change, isStart);
    const error = await rejection<ExportError>(other.startExport("users", { format: "ndjson" }));
    expect(error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", retryable: false });
    expect(error.message).toContain("the fetch function");
    expect(error.message).not.toContain("no connection");
    expect(emulator.tasks).toHaveLength(1);
  });
});

it("a start that was refused is not unknown, whatever its answer looks like", async () => {
  const { client: other, emulator } = client(() => ({ status: 401, headers: new Headers(), body: {} }));
  const error = await rejection(other.startExport("users", { format: "ndjson" }));
  expect(error).toMatchObject({ code: "CONFIG_INVALID", status: 401 });
  expect(emulator.tasks.length).toBeLessThanOrEqual(1);
});

it("a start that makes nothing at the provider is CONFIG_INVALID", async () => {
  const fetch = (async () => "{}") as unknown as Fetch;
  const readers = zephr({ tenantId: "news", accessKey: "a-key-of-zephr", secretKey: "a-secret-of-zephr" });
  const other = createExportClient({ providers: { readers }, fetch });
  const error = await rejection(other.startExport("readers", {}));
  expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { field: "fetch" } });
});

it.each(["content-type", "etag", "content-range", "content-length", "content-encoding"])(
  "headers whose %s is no text are named, and leave the place of their request to the next",
  async (name) => {
    const { plain, emulator, clock } = client(() => {});
    const job = await plain.waitForExport(await plain.startExport("users", { format: "ndjson" }));
    let isForeign = true;
    const fetch = (async (input: string, init?: RequestInit) => {
      const response = await emulator.fetch(input, init);
      const get = (asked: string) => (asked === name ? ['"1"'] : response.headers.get(asked));
      return isForeign ? { ...like({})(response), body: response.body, headers: { get } } : response;
    }) as Fetch;
    const providers = { users: authgear({ endpoint: emulator.endpoint, token }) };
    const other = createExportClient({ providers, clock, fetch, limits: { requests: 1 } });
    // The job itself is known, so that only the file is asked for.
    const error = await rejection<ExportError>(other.download(job));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", retryable: false, details: { field: "fetch" } });
    isForeign = false;
    expect(await collect(await other.download(job))).toHaveLength(20);
  },
);

describe("bytes are bytes", () => {
  const foreignBytes = runInNewContext("(bytes) => Uint8Array.from(bytes)") as (bytes: Uint8Array) => unknown;
  const within = (chunk: Uint8Array) => {
    const buffer = new ArrayBuffer(chunk.length + 7);
    new Uint8Array(buffer).fill(0x41);
    new Uint8Array(buffer).set(chunk, 3);
    return new DataView(buffer, 3, chunk.length);
  };

  it.each<[string, (chunk: Uint8Array) => unknown]>([
    ["an ArrayBuffer", (chunk) => chunk.slice().buffer],
    ["an ArrayBuffer of another realm", (chunk) => (foreignBytes(chunk) as Uint8Array).buffer],
    ["a Uint8Array of another realm", foreignBytes],
    ["a DataView into a larger buffer", within],
    ["an Int8Array", (chunk) => new Int8Array(chunk)],
    ["a Buffer", (chunk) => Buffer.from(chunk)],
    [
      "a SharedArrayBuffer",
      (chunk) => {
        const shared = new SharedArrayBuffer(chunk.length);
        new Uint8Array(shared).set(chunk);
        return shared;
      },
    ],
  ])("that come as %s", async (_, map) => {
    const { client: other } = client(chunks(map));
    const job = await other.waitForExport(await other.startExport("users", { format: "csv" }));
    expect(await collect(await other.download(job))).toHaveLength(20);
  });

  it("also where some come empty", async () => {
    const { client: other } = client((response) => {
      const transform = (chunk: Uint8Array, out: TransformStreamDefaultController<Uint8Array>) => {
        for (const piece of [new Uint8Array(), chunk, new Uint8Array()]) out.enqueue(piece);
      };
      return { ...like({})(response), body: response.body?.pipeThrough(new TransformStream({ transform })) };
    });
    const job = await other.waitForExport(await other.startExport("users", { format: "csv" }));
    expect(await collect(await other.download(job))).toHaveLength(20);
  });

  it.each<[string, (chunk: Uint8Array) => unknown, string?]>([
    ["text", (chunk) => new TextDecoder().decode(chunk), "a body of text, not bytes"],
    ["numbers", (chunk) => [...chunk], "a body of [object Array], not bytes"],
    ["a Blob", (chunk) => new Blob([chunk.slice()])],
    ["nothing", () => undefined],
    ["null", () => null],
  ])("and %s is refused", async (_, map, words = "not bytes") => {
    const { client: other, plain, emulator } = client(chunks(map));
    const job = await plain.waitForExport(await plain.startExport("users", { format: "csv" }));
    const reading = (async () => collect(await other.download(job)))();
    expect(await rejection(reading)).toMatchObject({ code: "CONFIG_INVALID", retryable: false });

    const started = await rejection<ExportError>(other.startExport("users", { format: "csv" }));
    expect(started).toMatchObject({ code: "START_OUTCOME_UNKNOWN" });
    expect(started.message).toContain(words);
    expect(emulator.tasks).toHaveLength(2);
  });

  it("and text is refused in the file alone, too, and is no empty export", async () => {
    const { client: other } = client(
      chunks((chunk) => new TextDecoder().decode(chunk)),
      (url) => !url.includes("/_api/"),
    );
    const job = await other.waitForExport(await other.startExport("users", { format: "csv" }));
    const download = await other.download(job);
    await expect(collect(download)).rejects.toMatchObject({ code: "CONFIG_INVALID", operation: "artifact" });
    expect(download.complete).toBe(false);
  });
});
