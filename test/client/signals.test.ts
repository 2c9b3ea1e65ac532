import { getEventListeners } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { ExportJob } from "exportkit";
import { saveExport } from "exportkit/node";
import { describe, expect, it, onTestFinished } from "vitest";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { settle } from "../support/turns.js";
import { harness } from "./harness.js";

/** A signal as ponyfills make it: without what later standards added. */
class OldSignal {
  aborted = false;
  readonly listeners = new Set<() => void>();
  addEventListener(_type: string, listener: () => void): void {
    this.listeners.add(listener);
  }
  removeEventListener(_type: string, listener: () => void): void {
    this.listeners.delete(listener);
  }
  abort(): void {
    this.aborted = true;
    for (const listener of [...this.listeners]) listener();
  }
}

type Set_ = Awaited<ReturnType<typeof ready>>;
interface Options {
  readonly signal: AbortSignal;
}

async function ready() {
  const set = harness({ emulator: { pendingPolls: 1 } });
  const started: ExportJob<"users", { readonly format: "ndjson" }> = await set.client.startExport("users", {
    format: "ndjson",
  });
  const job = await set.client.waitForExport(started);
  const folder = await mkdtemp(join(tmpdir(), "exportkit-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  set.sent.length = 0;
  return { ...set, started, job, path: join(folder, "out") };
}

const failed = (job: ExportJob) => ({ ...job, status: "failed" }) as never;
const calls: readonly (readonly [string, (set: Set_, options: Options) => Promise<unknown>])[] = [
  ["startExport", ({ client }, options) => client.startExport("users", { format: "ndjson" }, options)],
  ["pollExport", ({ client, started }, options) => client.pollExport(started, options)],
  ["pollExport of a finished job", ({ client, job }, options) => client.pollExport(job, options)],
  ["waitForExport", ({ client, started }, options) => client.waitForExport(started, options)],
  ["waitForExport of a finished job", ({ client, job }, options) => client.waitForExport(job, options)],
  ["waitForExport of a failed job", ({ client, job }, options) => client.waitForExport(failed(job), options)],
  ["download", ({ client, job }, options) => client.download(job, options)],
  ["download of a running job", ({ client, started }, options) => client.download(started, options)],
  ["runExport", ({ client }, options) => client.runExport("users", { format: "ndjson" }, options)],
  ["runExport of a wrong request", ({ client }, options) => client.runExport("users", {} as never, options)],
  ["saveExport", ({ client, job, path }, options) => saveExport(client, job, path, options)],
];

describe.each(calls)("%s", (_, call) => {
  it("rejects with the reason of a signal that is aborted, and sends nothing", async () => {
    const set = await ready();
    for (const reason of [new Error("enough"), "a word", 0]) {
      expect(await rejection(call(set, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    }
    expect(set.sent).toEqual([]);
  });

  it("takes the signal of a ponyfill, aborted or not", async () => {
    const set = await ready();
    const old = new OldSignal();
    old.abort();
    expect(await rejection(call(set, { signal: old as unknown as AbortSignal }))).toMatchObject({
      name: "AbortError",
    });
    expect(set.sent).toEqual([]);
    const unused = new OldSignal();
    const outcome = await call(set, { signal: unused as unknown as AbortSignal }).then(
      async (result) => {
        await (result as Partial<AsyncDisposable>)[Symbol.asyncDispose]?.();
        return "done";
      },
      (error: Error) => error.name,
    );
    expect(outcome).toMatch(/^(done|ExportError)$/);
    expect(unused.listeners.size).toBe(0);
  });

  it("takes the signal of another realm", async () => {
    const set = await ready();
    const foreign = runInNewContext(
      "({ aborted: true, reason: 'theirs', addEventListener() {}, removeEventListener() {} })",
    );
    expect(await rejection(call(set, { signal: foreign }))).toBe("theirs");
  });

  it.each([
    null,
    {},
    "signal",
    { aborted: true },
    { aborted: "no", addEventListener() {}, removeEventListener() {} },
  ])("refuses %j as one", async (signal) => {
    const set = await ready();
    const error = await rejection(call(set, { signal: signal as unknown as AbortSignal }));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining("signal: ") });
    expect(set.sent).toEqual([]);
  });
});

describe("the signal of a ponyfill", () => {
  it("ends a wait under way, and a download", async () => {
    const { client, started, job } = await ready();
    const waiting = new OldSignal();
    const wait = client.waitForExport(
      { ...started, retryAfterMs: 1, updatedAt: "2031-01-01T00:00:00.000Z" },
      { signal: waiting as unknown as AbortSignal, onProgress: () => queueMicrotask(() => waiting.abort()) },
    );
    expect(await rejection(wait)).toMatchObject({ name: "AbortError" });
    const reading = new OldSignal();
    const download = await client.download(job, { signal: reading as unknown as AbortSignal });
    const records = download[Symbol.asyncIterator]();
    await records.next();
    reading.abort();
    expect(await rejection(collect({ [Symbol.asyncIterator]: () => records }))).toMatchObject({
      name: "AbortError",
    });
    expect([waiting.listeners.size, reading.listeners.size]).toEqual([0, 0]);
  });
});

describe("a signal that many calls share", () => {
  const listeners = (signal: AbortSignal) => getEventListeners(signal, "abort").length;

  it("keeps no listener of a call that has ended, and one of all downloads together", async () => {
    const { client, started, job } = await ready();
    const { signal } = new AbortController();
    for (let round = 0; round < 5; round++) {
      await client.pollExport(started, { signal });
      await client.waitForExport(job, { signal });
      await collect(await client.download(job, { signal }));
      for await (const _ of await client.download(job, { signal })) break;
      await (await client.download(job, { signal })).bytes().cancel();
      await (await client.download(job, { signal }))[Symbol.asyncDispose]();
    }
    expect(listeners(signal)).toBe(0);
    const opened = await Promise.all(Array.from({ length: 20 }, () => client.download(job, { signal })));
    expect(listeners(signal)).toBe(1);
    await Promise.all(opened.map((download) => download[Symbol.asyncDispose]()));
    expect(listeners(signal)).toBe(0);
  });

  it("still ends each download that is open", async () => {
    const { client, job } = await ready();
    const controller = new AbortController();
    const { signal } = controller;
    const [closed, ...open] = await Promise.all([1, 2, 3].map(() => client.download(job, { signal })));
    await closed?.[Symbol.asyncDispose]();
    const iterators = open.map((download) => download[Symbol.asyncIterator]());
    for (const records of iterators) await records.next();
    const reason = new Error("enough");
    controller.abort(reason);
    for (const records of iterators) {
      expect(await rejection(collect({ [Symbol.asyncIterator]: () => records }))).toBe(reason);
    }
    expect(listeners(signal)).toBe(0);
  });

  it("is let go of by downloads that are dropped", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const { client, job } = await ready();
    const { signal } = new AbortController();
    await (async () => {
      for (let round = 0; round < 10; round++) {
        const download = await client.download(job, { signal });
        if (round % 2 === 5) await download[Symbol.asyncIterator]().next();
      }
    })();
    expect(listeners(signal)).toBe(1);
    // What is collected is told of a turn later, and the emulator's streams go first.
    for (let turn = 0; turn < 100 && listeners(signal) > 0; turn++) {
      await settle();
      collectGarbage();
    }
    expect(listeners(signal)).toBe(0);
  });

  it("of a ponyfill has one listener for all downloads, too", async () => {
    const { client, job } = await ready();
    const old = new OldSignal();
    const signal = old as unknown as AbortSignal;
    const opened = await Promise.all([1, 2, 3].map(() => client.download(job, { signal })));
    expect(old.listeners.size).toBe(1);
    await Promise.all(opened.map((download) => download[Symbol.asyncDispose]()));
    expect(old.listeners.size).toBe(0);
  });
});
