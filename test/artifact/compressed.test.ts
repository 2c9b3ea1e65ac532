import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { saveExport } from "exportkit/node";
import { csv, ndjson } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { collect, rejection } from "../client/harness.js";
import { drain } from "./drain.js";
import { httpStore } from "./http-store.js";

// Random enough for a cut to fall within a line.
const line = (n: number) => `${JSON.stringify({ n, text: `${Math.imul(n, 2654435761) >>> 0}`.repeat(8) })}\n`;
const text = Array.from({ length: 3_000 }, (_, n) => line(n)).join("");
const packed = gzipSync(text);
const headers = { etag: '"one"', "content-encoding": "gzip" };

/** A store that compresses unasked, and says that the first `bytes` bytes were all. */
const serve = (type: string, bytes: number, decoder = ndjson()) =>
  httpStore(
    (_, response) => {
      response.writeHead(200, { ...headers, "content-type": type, "content-length": bytes });
      response.end(packed.subarray(0, bytes));
    },
    decoder as never,
    { retry: { retries: 1 } },
  );

describe.each([0.9, 0.5, 0.2])("a body of gzip that ends after %d of itself", (share) => {
  const cut = Math.floor(packed.byteLength * share);

  it.each(["application/x-ndjson", "application/ndjson; charset=utf-8", "application/jsonl"])(
    "is no whole file, as bytes of %s",
    async (type) => {
      const { client, job } = await serve(type, cut);
      const { error } = await drain(client.download(job));
      expect(error).toMatchObject({ code: "INTEGRITY", retryable: true });
    },
  );

  it("is no whole file, as records", async () => {
    for (const decoder of [ndjson(), csv()]) {
      const { client, job } = await serve("application/x-ndjson", cut, decoder as never);
      const download = await client.download(job);
      await rejection(collect(download as AsyncIterable<unknown>));
      expect(download.complete).toBe(false);
    }
  });

  it("is not saved", async () => {
    const { client, job } = await serve("application/x-ndjson", cut);
    const folder = mkdtempSync(join(tmpdir(), "exportkit-compressed-"));
    const path = join(folder, "users.ndjson");
    expect(await rejection(saveExport(client, job, path))).toMatchObject({ code: "INTEGRITY" });
    expect(readdirSync(folder)).not.toContain("users.ndjson");
  });
});

it("a CSV of which nobody says that every line ends is read as it came", async () => {
  const rows = gzipSync("id,name\n1,a\n2,b");
  const { client, job } = await httpStore((_, response) => {
    response.writeHead(200, { ...headers, "content-type": "text/csv" });
    response.end(rows);
  }, csv() as never);
  expect(await collect(await client.download(job))).toHaveLength(2);
});

it("a whole body of gzip is the file", async () => {
  const { client, job } = await serve("application/x-ndjson", packed.byteLength);
  const { bytes, error } = await drain(client.download(job));
  expect(error).toBeUndefined();
  expect(new TextDecoder().decode(bytes)).toBe(text);
  expect(await collect(await client.download(job))).toHaveLength(3_000);
});
