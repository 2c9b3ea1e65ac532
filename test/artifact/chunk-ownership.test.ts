import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createExportClient } from "exportkit";
import { saveExport } from "exportkit/node";
import { fileDelivery, ndjson, type Provider } from "exportkit/provider";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";

const LINES = 400;
const text = Array.from({ length: LINES }, (_, n) => `{"n":${n},"name":"Zoë ${"x".repeat(n % 90)}"}\n`).join(
  "",
);
const bytes = new TextEncoder().encode(text);
const CHUNK = 1_000;
const chunks = Array.from({ length: Math.ceil(bytes.length / CHUNK) }, (_, index) =>
  bytes.slice(index * CHUNK, (index + 1) * CHUNK),
);

/** A vendor whose file is what `body` makes for each request. */
async function serving(body: () => BodyInit) {
  const provider: Provider = {
    spec: 1,
    name: "vendor",
    capabilities: { jobs: "immediate", progress: false, formats: ["ndjson"] },
    requestSchema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
    start: async () => ({ id: "job-1", status: "succeeded" }),
    poll: async () => ({ status: "succeeded" }),
    delivery: fileDelivery({
      locate: async () => ({ url: "https://store.example.test/file", credentials: "none" }),
      records: () => ndjson(),
    }),
  };
  const headers = { etag: '"one"' };
  const client = createExportClient({
    providers: { vendor: provider },
    fetch: async () => new Response(body(), { headers }),
  });
  return { client, provider, job: await client.startExport("vendor", {}) };
}

/** As the platform's own fetch gives it. */
function byteStream(): ReadableStream<Uint8Array<ArrayBuffer>> {
  let next = 0;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      const chunk = chunks[next++];
      if (chunk) controller.enqueue(chunk.slice());
      else controller.close();
    },
  });
}

/** The same chunks each time, as a cache has them. */
function keptStream(): ReadableStream<Uint8Array<ArrayBuffer>> {
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks[next++];
      if (chunk) controller.enqueue(chunk);
      else controller.close();
    },
  });
}

async function path(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "exportkit-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, "file");
}

/** What is saved of a file whose body is this one. */
async function saved(body: () => BodyInit): Promise<string> {
  const { client, job } = await serving(body);
  const target = await path();
  await saveExport(client, job, target);
  return await readFile(target, "utf8");
}

let freed = () => 0;

beforeEach(() => {
  const spy = vi.spyOn(ArrayBuffer.prototype as unknown as { transfer(length: number): unknown }, "transfer");
  freed = () => spy.mock.calls.length;
  return () => spy.mockRestore();
});

describe("chunks that are nobody else's", () => {
  it("are freed once they are saved", async () => {
    expect(await saved(byteStream)).toBe(text);
    expect(freed()).toBe(chunks.length);
  });

  it("stay a caller's who takes the bytes", async () => {
    const { client, job } = await serving(byteStream);
    const kept: Uint8Array[] = [];
    for await (const chunk of (await client.download(job)).bytes()) kept.push(chunk);
    expect(Buffer.concat(kept).toString()).toBe(text);
    expect(freed()).toBe(0);
  });

  it.each([
    ["text", () => text],
    ["bytes", () => bytes],
    ["a buffer of which they are a part", () => Buffer.from(`__${text}`).subarray(2)],
    ["a Blob", () => new Blob([bytes])],
    ["a byte stream that fills what its reader brings", filling],
  ] satisfies [string, () => BodyInit][])("leave %s as it is, whoever reads it again", async (_, body) => {
    const { client, job } = await serving(body);
    for (let time = 0; time < 2; time++) {
      const target = await path();
      await saveExport(client, job, target);
      expect(await readFile(target, "utf8")).toBe(text);
    }
  });

  it("are read by the other branch of a body that was cloned", async () => {
    let other: Response | undefined;
    const { client, job } = await serving(() => {
      const response = new Response(byteStream());
      other = response.clone();
      return response.body as ReadableStream;
    });
    await saveExport(client, job, await path());
    expect(await other?.text()).toBe(text);
    expect(freed()).toBe(chunks.length);
  });
});

describe("chunks that somebody may keep are left alone", () => {
  it("those of a cache", async () => {
    expect(await saved(keptStream)).toBe(text);
    expect(Buffer.concat(chunks).toString()).toBe(text);
    expect(freed()).toBe(0);
  });

  it("those of a byte stream where the platform leaves them with whoever put them into it", async () => {
    // As Bun 1.2 does.
    class Sharing extends ReadableStream<Uint8Array<ArrayBuffer>> {
      constructor(source: UnderlyingDefaultSource = {}, strategy?: QueuingStrategy) {
        super({ ...source, type: undefined }, strategy);
      }
      override getReader(options?: object): never {
        return (options ? { releaseLock: () => {} } : super.getReader()) as never;
      }
    }
    vi.stubGlobal("ReadableStream", Sharing);
    onTestFinished(() => {
      vi.unstubAllGlobals();
    });
    expect(await saved(keptStream)).toBe(text);
    expect(Buffer.concat(chunks).toString()).toBe(text);
    expect(freed()).toBe(0);
  });

  it("those that the caller's own reader keeps", async () => {
    const kept: Uint8Array[] = [];
    const file = await saved(() => {
      const body = byteStream();
      const { getReader } = body;
      const tapped = (options?: { mode: "byob" }) => {
        const reader = getReader.call(body, options as never) as ReadableStreamDefaultReader<Uint8Array>;
        if (options) return reader;
        const read = async () => {
          const step = await reader.read();
          if (step.value) kept.push(step.value);
          return step;
        };
        return { read, cancel: () => reader.cancel(), releaseLock: () => reader.releaseLock() };
      };
      return Object.defineProperty(body, "getReader", { value: tapped });
    });
    expect(file).toBe(text);
    expect(Buffer.concat(kept).toString()).toBe(text);
    expect(freed()).toBe(0);
  });

  it("those that a wrapped download hands to somebody else, too", async () => {
    const { client, job } = await serving(byteStream);
    let copy: ReadableStream<Uint8Array> | undefined;
    const tapped = {
      ...client,
      download: (async (...call: Parameters<typeof client.download>) => {
        const download = await client.download(...call);
        const tee = () => {
          const [mine, theirs] = download.bytes().tee();
          copy = theirs;
          return mine;
        };
        return new Proxy(download, {
          get(target, key) {
            if (key === "bytes") return tee;
            const value: unknown = Reflect.get(target, key);
            return typeof value === "function" ? value.bind(target) : value;
          },
        });
      }) as typeof client.download,
    };
    await saveExport(tapped, job, await path());
    expect(await new Response(copy).text()).toBe(text);
    expect(freed()).toBe(0);
  });

  it("those of a stream that only looks like the platform's", async () => {
    const stub = (): ReadableStream<Uint8Array> => {
      let next = 0;
      const reader = {
        read: async () => ({ done: next === chunks.length, value: chunks[next++] }),
        releaseLock: () => {},
        cancel: async () => {},
      };
      return { getReader: () => reader, locked: false } as unknown as ReadableStream<Uint8Array>;
    };
    const { provider, job } = await serving(() => "");
    const foreign = createExportClient({
      providers: { vendor: provider },
      fetch: async () =>
        ({ status: 200, headers: new Headers({ etag: '"one"' }), body: stub(), bodyUsed: false }) as Response,
    });
    const target = await path();
    await saveExport(foreign, job, target);
    expect(await readFile(target, "utf8")).toBe(text);
    expect(freed()).toBe(0);
  });
});

/** Fills buffers of 512 bytes, the way of a stream that reads a file. */
function filling(): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    type: "bytes",
    autoAllocateChunkSize: 512,
    pull(controller) {
      const request = controller.byobRequest;
      const view = request?.view;
      if (!request || !view) return;
      const piece = bytes.subarray(at, at + Math.min(view.byteLength, 300));
      at += piece.length;
      if (piece.length === 0) controller.close();
      else new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(piece);
      request.respond(piece.length);
    },
  });
}
