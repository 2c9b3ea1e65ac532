import { expect, it } from "vitest";
import { authgearExport } from "./authgear-export.js";

const chunkBytes = 1_000;

async function open(format: "ndjson" | "csv") {
  const run = await authgearExport({ users: 2_000, chunkBytes, request: { format } });
  const download = await run.client.download(run.job);
  const sent = () => run.emulator.requests.at(-1)?.bytes ?? 0;
  return { download, sent };
}

it("opening a download reads nothing of its body", async () => {
  const { download, sent } = await open("ndjson");
  await new Promise((resolve) => setImmediate(resolve));
  expect(sent()).toBe(0);
  await download[Symbol.asyncDispose]();
});

it("bytes: no chunk is made before it is asked for", async () => {
  const { download, sent } = await open("ndjson");
  const stream = download.bytes();
  await new Promise((resolve) => setImmediate(resolve));
  expect(sent()).toBe(0);
  const reader = stream.getReader();
  for (let chunks = 1; chunks <= 5; chunks++) {
    await reader.read();
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent()).toBe(chunks * chunkBytes);
  }
  await reader.cancel();
});

it.each(["ndjson", "csv"] as const)(
  "%s records: as many chunks as the records need, and one",
  async (format) => {
    const { download, sent } = await open(format);
    for await (const _ of download) {
      const { offset } = download.checkpoint().position as { offset: number };
      await new Promise((resolve) => setImmediate(resolve));
      expect(sent()).toBeLessThanOrEqual(offset + 2 * chunkBytes);
      if (offset > 50_000) break;
    }
    expect(sent()).toBeGreaterThan(50_000);
  },
);

it.each(["ndjson", "csv"] as const)("encode(%s): no more than one chunk ahead", async (format) => {
  const { download, sent } = await open("ndjson");
  const reader = download.encode(format).getReader();
  for (let reads = 0; reads < 20; reads++) {
    await reader.read();
    const { offset } = download.checkpoint().position as { offset: number };
    expect(sent()).toBeLessThanOrEqual(offset + 2 * chunkBytes);
  }
  await reader.cancel();
});
