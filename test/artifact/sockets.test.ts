import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createExportClient } from "exportkit";
import { fileDelivery, ndjson, type Provider } from "exportkit/provider";
import {
  createAuthgearEmulator,
  createTestClock,
  type ServedEmulator,
  serveEmulator,
} from "exportkit/testing";
import { afterEach, describe, expect, it } from "vitest";
import { connect, expectedBytes, token } from "./authgear-export.js";
import { drain } from "./drain.js";

const record = `{"text":"${"x".repeat(1000)}"}\n`;
const headers = { etag: '"one"', "content-type": "application/x-ndjson" };

/** A vendor whose jobs are finished at once, with a file at `url`. */
const storeOf = (url: string): Provider => ({
  spec: 1,
  name: "endless",
  capabilities: { delivery: "file", jobs: "immediate", progress: false, formats: ["ndjson"] },
  requestSchema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
  origins: [],
  pace: { floorMs: 1, ceilingMs: 1 },
  start: async () => ({ id: "1", status: "succeeded" }),
  poll: async () => ({ status: "succeeded" }),
  delivery: fileDelivery({
    locate: async () => ({ url, credentials: "none" }),
    records: () => ndjson(),
  }),
});

describe("the store sees its connection closed", () => {
  let server: Server;
  afterEach(() => server.closeAllConnections());

  /** A store whose file never ends; `closed` resolves when the client has hung up on its answer to request `n`. */
  async function endless(answer: (request: IncomingMessage, response: ServerResponse) => void = flood) {
    const closed: Promise<void>[] = [];
    server = createServer((request, response) => {
      closed.push(new Promise((resolve) => response.once("close", () => resolve())));
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
    const clock = createTestClock();
    const client = createExportClient({ providers: { endless: storeOf(url) }, clock });
    const job = await client.startExport("endless", {});
    const open = (options?: { signal?: AbortSignal }) => client.download(job, options);
    return { open, closed: (request = 0) => closed[request], clock };
  }

  function flood(_: IncomingMessage, response: ServerResponse, named = headers): void {
    response.writeHead(200, named);
    const more = () => {
      if (response.destroyed) return;
      if (response.write(record)) setImmediate(more);
      else response.once("drain", more);
    };
    more();
  }

  it("at break", async () => {
    const { open, closed } = await endless();
    for await (const _ of await open()) break;
    await closed();
  });

  it("at cancel", async () => {
    const { open, closed } = await endless();
    const reader = (await open()).bytes().getReader();
    await reader.read();
    await reader.cancel();
    await closed();
  });

  it("when a download that was never read is disposed of", async () => {
    const { open, closed } = await endless();
    await (await open())[Symbol.asyncDispose]();
    await closed();
  });

  it("when the signal is aborted", async () => {
    const controller = new AbortController();
    const { open, closed } = await endless();
    const records = (await open({ signal: controller.signal })).records();
    await records.next();
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(records.next()).rejects.toBe(reason);
    await closed();
  });

  it("when its answer is not the one to read on", async () => {
    let requests = 0;
    let breakOff = () => {};
    const { open, closed } = await endless((request, response) => {
      if (++requests > 1) return flood(request, response, { ...headers, etag: '"two"' });
      response.writeHead(200, headers);
      response.write(record);
      breakOff = () => response.destroy();
    });
    const { bytes, error } = await drain(open(), () => breakOff());
    expect(error).toMatchObject({ code: "ARTIFACT_CHANGED" });
    expect(bytes).toHaveLength(record.length);
    await closed(1);
  });

  it("when it falls silent", async () => {
    const { open, closed, clock } = await endless((request, response) => {
      response.writeHead(200, headers);
      if (!request.headers.range) response.write(record);
      else response.end(record);
    });
    const records = (await open()).records();
    await records.next();
    const next = records.next();
    await expect.poll(() => clock.waiting).toBe(1);
    clock.advance(30_000);
    await closed();
    await next;
  });
});

describe("bodies as a runtime's own fetch shows them", () => {
  let served: ServedEmulator;
  afterEach(() => served.close());

  async function download(options: Parameters<typeof createAuthgearEmulator>[0]) {
    const emulator = createAuthgearEmulator({ users: 400, tokens: [token], ...options });
    served = await serveEmulator(emulator);
    const client = connect(served.endpoint, { clock: createTestClock() });
    const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
    const whole = await expectedBytes(emulator, { users: 400 });
    const statuses = () =>
      emulator.requests.filter(({ operation }) => operation === "artifact").map(({ status }) => status);
    return { open: () => client.download(job), whole, statuses };
  }

  it("compressed although identity was asked for", async () => {
    const { open, whole } = await download({ contentEncoding: "gzip" });
    expect((await open()).size).toBeUndefined();
    expect(await drain(open())).toEqual({ bytes: whole });
  });

  it("compressed, and cut", async () => {
    const { open, whole, statuses } = await download({
      contentEncoding: "gzip",
      faults: [{ on: "artifact", fault: { type: "drop", afterBytes: 200_000 } }],
    });
    expect(await drain(open())).toEqual({ bytes: whole });
    expect(statuses()).toEqual([200, 200]);
  });

  it("cut before the announced length", async () => {
    const { open, whole, statuses } = await download({
      faults: [{ on: "artifact", times: 3, fault: { type: "drop", afterBytes: 100_000 } }],
    });
    expect(await drain(open())).toEqual({ bytes: whole });
    expect(statuses()).toEqual([200, 206, 206, 206]);
  });

  it("in chunks of no announced length, and cut", async () => {
    const { open, whole, statuses } = await download({
      contentLength: false,
      faults: [{ on: "artifact", fault: { type: "drop", afterBytes: 100_000 } }],
    });
    expect(await drain(open())).toEqual({ bytes: whole });
    expect(statuses()).toEqual([200, 206]);
  });

  it("a part that ends politely and early", async () => {
    const { open, whole, statuses } = await download({
      faults: [
        { on: "artifact", fault: { type: "drop", afterBytes: 100_000 } },
        { on: "artifact", fault: { type: "short", bytes: 50_000 } },
      ],
    });
    expect(await drain(open())).toEqual({ bytes: whole });
    expect(statuses()).toEqual([200, 206, 206]);
  });

  it("a part that is longer than it says", async () => {
    const { open, whole } = await download({
      faults: [
        { on: "artifact", fault: { type: "drop", afterBytes: 100_000 } },
        { on: "artifact", fault: { type: "long", bytes: 10 } },
      ],
    });
    const { bytes, error } = await drain(open());
    expect(error).toMatchObject({ code: "INTEGRITY" });
    expect(bytes).toEqual(whole.subarray(0, bytes.length));
  });

  it("a connection that is lost before any header", async () => {
    const { open, whole, statuses } = await download({
      faults: [{ on: "artifact", times: 3, fault: { type: "reset" } }],
    });
    expect(await drain(open())).toEqual({ bytes: whole });
    expect(statuses()).toEqual([undefined, undefined, undefined, 200]);
  });

  it("a file of no bytes", async () => {
    const server = createServer((_, response) => response.writeHead(200, { "content-length": "0" }).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const client = createExportClient({ providers: { it: storeOf(`http://127.0.0.1:${port}/file`) } });
    const open = client.download(await client.startExport("it", {}));
    expect(await drain(open)).toEqual({ bytes: new Uint8Array() });
    server.close();
  });
});
