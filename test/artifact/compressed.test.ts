import { mkdtempSync, readdirSync } from "node:fs";
import type { OutgoingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { saveExport } from "exportkit/node";
import { csv, gunzip, json, ndjson, type RecordDecoder, zip } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { zip as zipFile } from "../records/zip/zip-writer.js";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { drain } from "./drain.js";
import { httpStore } from "./http-store.js";

// Random enough for a cut to fall within a line.
const line = (n: number) => `${JSON.stringify({ n, text: `${Math.imul(n, 2654435761) >>> 0}`.repeat(8) })}\n`;
const text = Array.from({ length: 3_000 }, (_, n) => line(n)).join("");
const packed = gzipSync(text);
const headers = { etag: '"one"', "content-encoding": "gzip" };

const lines = (count: number) => Array.from({ length: count }, (_, n) => line(n)).join("");
const unproven = "that it is whole was not proven";

/** A store that sends this body without its length, and what is warned of. */
async function told(
  body: Buffer,
  type: string,
  decoder: RecordDecoder<unknown>,
  coding: OutgoingHttpHeaders = { "content-encoding": "gzip" },
) {
  const warnings: string[] = [];
  const logged: string[] = [];
  const silent = () => {};
  const store = await httpStore(
    (_, response) => {
      response.writeHead(200, { etag: '"one"', "content-type": type, ...coding }).end(body);
    },
    decoder,
    {
      retry: { retries: 0 },
      onEvent: (event) => {
        if (event.type === "warning") warnings.push(event.message);
      },
      logger: {
        debug: silent,
        info: silent,
        error: silent,
        warn: (_, message) => logged.push(message ?? ""),
      },
    },
  );
  return { ...store, warnings, logged };
}

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

  it("is no whole file where only its content type says that it has lines", async () => {
    const { client, job } = await serve("application/x-ndjson", cut, csv() as never);
    expect((await drain(client.download(job))).error).toMatchObject({ code: "INTEGRITY" });
  });

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

describe("where the content type says nothing, the decoder's format is the judge", () => {
  const type = "application/octet-stream";

  it("lines that end within one are cut, as bytes and as records", async () => {
    const cut = gzipSync('{"n":1}\n{"n":2}');
    for (const decoder of [ndjson(), gunzip(ndjson())]) {
      const { client, job } = await told(cut, type, decoder);
      expect((await drain(client.download(job))).error).toMatchObject({ code: "INTEGRITY" });
      expect(await rejection(collect(await client.download(job)))).toMatchObject({ code: "INTEGRITY" });
    }
  });

  it("what shows its own end to a decoder is proven by it, and cut it is refused", async () => {
    const document = Buffer.from('[{"n":1},{"n":2}]');
    const archive = Buffer.from(zipFile([{ name: "a.ndjson", data: '{"n":1}\n{"n":2}\n' }]));
    for (const [file, decoder] of [
      [document, json()],
      [archive, zip(ndjson())],
      [gzipSync('{"n":1}\n{"n":2}\n'), gunzip(ndjson())],
    ] as const) {
      const whole = await told(gzipSync(file), type, decoder);
      expect(await collect(await whole.client.download(whole.job))).toEqual([{ n: 1 }, { n: 2 }]);
      expect(whole.warnings).toEqual([]);
      // Nobody looks into it where bytes are read.
      expect((await drain(whole.client.download(whole.job))).bytes).toEqual(new Uint8Array(file));
      expect(whole.warnings).toEqual([expect.stringContaining(unproven)]);
      const cut = await told(gzipSync(file.subarray(0, -3)), type, decoder);
      await rejection(cut.client.download(cut.job).then(collect));
    }
  });

  it.each([
    ["CSV", "id,name\n1,a\n2,b", csv()],
    ["CSV cut at a line end", "id,name\n1,a\n2,b\n", csv()],
    ["lines", '{"n":1}\n{"n":2}\n', ndjson()],
  ])("of %s it is said once, by event and logger, that nothing proves it whole", async (_, text, decoder) => {
    const { client, job, warnings, logged } = await told(gzipSync(text), type, decoder);
    expect(await collect(await client.download(job))).toHaveLength(2);
    expect(warnings).toEqual([expect.stringContaining(unproven)]);
    expect(logged).toEqual([`exportkit: ${warnings[0]}`]);
  });

  it("a file that came as it is, or is not read to its end, is not spoken of", async () => {
    const plain = await told(Buffer.from("id,name\n1,a\n2,b"), type, csv(), {});
    expect(await collect(await plain.client.download(plain.job))).toHaveLength(2);
    const left = await told(packed, type, ndjson());
    for await (const _ of await left.client.download(left.job)) break;
    expect([...plain.warnings, ...left.warnings]).toEqual([]);
  });
});

describe("a ZIP whose store names a coding", () => {
  const archive = Buffer.from(
    zipFile([
      { name: "a.ndjson", data: lines(2_000) },
      { name: "b.csv", data: "id,name\n1,a\n" },
      { name: "c.ndjson", data: lines(2) },
    ]),
  );
  const members = { members: (name: string) => name.endsWith(".ndjson") };

  it.each([
    ["gzip", gzipSync(archive)],
    ["aws-chunked", archive],
    ["utf-8", archive],
    ["", archive],
  ])("%s is read whole, and on from a checkpoint", async (coding, body) => {
    const { client, job, warnings } = await told(body, "application/zip", zip(ndjson(), members), {
      "content-encoding": coding,
    });
    expect(await collect(await client.download(job))).toHaveLength(2_002);
    const download = await client.download(job);
    const seen: unknown[] = [];
    for await (const record of download) {
      seen.push(record);
      if (seen.length === 1_500) break;
    }
    const checkpoint = JSON.parse(JSON.stringify(download.checkpoint()));
    seen.push(...(await collect(await client.download(job, { checkpoint }))));
    expect(seen).toHaveLength(2_002);
    expect(warnings).toEqual([]);
  });
});

describe("a body packed by gzip that the runtime may leave packed", () => {
  const csvText = `id,name\n${Array.from({ length: 3_000 }, (_, n) => `${n},user ${n}\n`).join("")}`;

  it.each<{ readonly coding: string | string[] }>([
    { coding: "aws-chunked,gzip" },
    { coding: "gzip,aws-chunked" },
    { coding: "AWS-Chunked, GZIP" },
    { coding: "identity, gzip" },
    { coding: "gzip, identity" },
    { coding: "utf-8, x-gzip" },
    { coding: ",gzip" },
    { coding: "gzip, " },
    { coding: ["aws-chunked", "gzip"] },
    { coding: "x-gzip" },
    { coding: "Gzip" },
  ])("is the file, under Content-Encoding $coding, as bytes and as records", async ({ coding }) => {
    const { client, job } = await told(gzipSync(csvText), "text/csv", csv(), {
      ["content-encoding" as string]: coding,
    });
    const { bytes, error } = await drain(client.download(job));
    expect(error).toBeUndefined();
    expect(new TextDecoder().decode(bytes)).toBe(csvText);
    expect(await collect(await client.download(job))).toHaveLength(3_000);
  });

  it("may be packed twice, and be as long as it says", async () => {
    const body = gzipSync(gzipSync(csvText));
    const { client, job } = await told(body, "text/csv", csv(), {
      "content-encoding": "gzip, aws-chunked, gzip",
      "content-length": body.length,
    });
    expect(new TextDecoder().decode((await drain(client.download(job))).bytes)).toBe(csvText);
  });

  it("shows its own end: cut or damaged it is INTEGRITY, and whole nothing is left to prove", async () => {
    const whole = gzipSync(csvText);
    const damaged = Buffer.from(whole);
    damaged[whole.length - 7] = (damaged[whole.length - 7] ?? 0) ^ 1;
    for (const body of [whole.subarray(0, -1), whole.subarray(0, whole.length / 2), damaged]) {
      const { client, job } = await told(body, "text/csv", csv(), { "content-encoding": "aws-chunked,gzip" });
      expect((await drain(client.download(job))).error).toMatchObject({
        code: "INTEGRITY",
        operation: "artifact",
        retryable: true,
      });
    }
    const sound = await told(whole, "text/csv", csv(), { "content-encoding": "aws-chunked,gzip" });
    await drain(sound.client.download(sound.job));
    expect(sound.warnings).toEqual([]);
  });

  it("is handed on where it only was called packed, however short", async () => {
    for (const text of ["id\n1\n", "i", ""]) {
      const { client, job } = await told(Buffer.from(text), "text/csv", csv(), {
        "content-encoding": "aws-chunked,gzip",
      });
      expect(new TextDecoder().decode((await drain(client.download(job))).bytes)).toBe(text);
    }
  });

  it.each(["aws-chunked,br", "zstd, identity", "deflate,"])(
    "is refused by name under %j, which runtimes read in different ways",
    async (coding) => {
      const { client, job } = await told(brotliCompressSync(csvText), "text/csv", csv(), {
        "content-encoding": coding,
      });
      const { error } = await drain(client.download(job));
      expect(error).toMatchObject({ code: "INTEGRITY" });
      expect(String(error)).toContain("Content-Encoding");
    },
  );

  it.each(["gzip", "br", "zstd", "gzip, gzip"])(
    "is no lost connection where it is not %s",
    async (coding) => {
      const { client, job } = await told(Buffer.from(csvText), "text/csv", csv(), {
        "content-encoding": coding,
      });
      const { error } = await drain(client.download(job));
      expect(error).toMatchObject({ code: "INTEGRITY", retryable: true });
      expect(String(error)).toContain("not compressed as its Content-Encoding says");
    },
  );

  it("stays packed where the file itself is gzip, and came packed once more", async () => {
    const packedFile = gzipSync('{"n":1}\n');
    const { client, job } = await told(gzipSync(packedFile), "application/gzip", gunzip(ndjson()));
    expect((await drain(client.download(job))).bytes).toEqual(new Uint8Array(packedFile));
    expect(await collect(await client.download(job))).toEqual([{ n: 1 }]);
  });
});

it("a whole body of gzip is the file", async () => {
  const { client, job } = await serve("application/x-ndjson", packed.byteLength);
  const { bytes, error } = await drain(client.download(job));
  expect(error).toBeUndefined();
  expect(new TextDecoder().decode(bytes)).toBe(text);
  expect(await collect(await client.download(job))).toHaveLength(3_000);
});
