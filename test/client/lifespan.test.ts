import type { EndEvent, ExportDownload, ExportError, ExportEvent } from "exportkit";
import { createBudget } from "exportkit";
import { describe, expect, it } from "vitest";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { harness } from "./harness.js";

const request = { format: "ndjson" } as const;

async function opened(options: Parameters<ReturnType<typeof harness>["client"]["download"]>[1] = {}) {
  const set = harness({ emulator: { users: 50, chunkBytes: 2_000 } });
  const job = await set.client.waitForExport(await set.client.startExport("users", request));
  return { ...set, job, download: await set.client.download(job, options) };
}

const ends = (events: readonly ExportEvent[]) =>
  events.filter((event): event is EndEvent => event.type === "end");

describe("a download's open and end", () => {
  const aborting = new AbortController();
  it.each<
    [string, EndEvent["outcome"], (download: ExportDownload<unknown>) => Promise<unknown>, number | undefined]
  >([
    ["read to its end", "complete", (download) => collect(download), 50],
    ["read as bytes", "complete", (download) => collect(download.bytes()), 0],
    [
      "left in the middle",
      "stopped",
      async (download) => {
        for await (const _ of download) break;
      },
      1,
    ],
    ["disposed of before it is read", "stopped", async (download) => download[Symbol.asyncDispose](), 0],
    [
      "disposed of twice",
      "stopped",
      async (download) => {
        await download[Symbol.asyncDispose]();
        await download[Symbol.asyncDispose]();
      },
      0,
    ],
    ["a stream that is cancelled", "stopped", (download) => download.encode("csv").cancel(), 0],
    ["aborted while nobody reads", "stopped", async () => aborting.abort(new Error("enough")), 0],
  ])("come once: %s", async (_, outcome, read, records) => {
    const { download, events } = await opened({
      signal: aborting.signal.aborted ? undefined : aborting.signal,
    });
    await read(download);
    expect(ends(events)).toMatchObject([{ outcome, records }]);
    const open = events.find(({ type }) => type === "open");
    expect(ends(events)[0]?.downloadId).toBe(open?.downloadId);
  });

  it("come once: the store answers what is no file", async () => {
    const { client, events, emulator, job } = await opened();
    emulator.faults.add({ on: "artifact", fault: { type: "status", status: 404 } });
    const error = await rejection<ExportError>(client.download(job));
    expect(ends(events)).toMatchObject([{ outcome: "failed", errorCode: error.code, records: 0, bytes: 0 }]);
  });

  it("come once: a record that cannot be read", async () => {
    const { client, events } = harness({
      intercept: async ({ url }, proceed) => {
        const answer = await proceed();
        return url.pathname.includes("/_api/") ? answer : new Response('{"sub":"1"}\n{"sub"\n{}\n');
      },
    });
    const download = await client.runExport("users", request);
    const error = await rejection<ExportError>(collect(download));
    expect(ends(events)).toMatchObject([{ outcome: "failed", errorCode: error.code, records: 1 }]);
  });

  it("come once: the budget is spent", async () => {
    const { client, events, job, clock } = await opened();
    const budget = createBudget({ deadline: clock.now() + 1_000 });
    const download = await client.download(job, { budget });
    for await (const _ of download) clock.advance(300);
    expect(download.complete).toBe(false);
    expect(ends(events)).toMatchObject([{ outcome: "budget" }]);
  });

  it("count what this download handed over, and not what those before it did", async () => {
    const { client, events, job, download } = await opened();
    let read = 0;
    for await (const _ of download) if (++read === 20) break;
    await collect(await client.download(job, { checkpoint: download.checkpoint() }));
    expect(ends(events).map(({ outcome, records }) => [outcome, records])).toEqual([
      ["stopped", 20],
      ["complete", 30],
    ]);
  });
});

describe("a start", () => {
  it("that brings no job is told with what it failed with", async () => {
    const { client, events, emulator } = harness();
    emulator.faults.add({ on: "start", fault: { type: "status", status: 403 } });
    const error = await rejection<ExportError>(client.startExport("users", request));
    expect(events.at(-1)).toMatchObject({ type: "start", errorCode: error.code });
    expect(events.at(-1)).not.toHaveProperty("jobId");
  });

  it("that brings no job since it was aborted has no code", async () => {
    const { client, events } = harness();
    const token = new AbortController();
    const started = client.startExport("users", request, { signal: token.signal });
    token.abort(new Error("enough"));
    await expect(started).rejects.toThrow("enough");
    expect(events.at(-1)).toMatchObject({ type: "start", connection: "users", durationMs: 0 });
    expect(events.at(-1)).not.toHaveProperty("errorCode");
    expect(events.at(-1)).not.toHaveProperty("jobId");
  });
});
