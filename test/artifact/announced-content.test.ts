import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import type { OutgoingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { ExportError } from "exportkit";
import { saveExport } from "exportkit/node";
import { describe, expect, it } from "vitest";
import { crc32, crc32c } from "../../src/artifact/digest/crc32.js";
import type { Digest } from "../../src/artifact/digest/digest.js";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { drain } from "./drain.js";
import { httpStore } from "./http-store.js";

const lines = Array.from({ length: 2_000 }, (_, n) => `${JSON.stringify({ n, name: `user ${n}` })}\n`);
const file = Buffer.from(lines.join(""));
const flipped = Buffer.from(file);
flipped[flipped.indexOf("user 1000")] = 0x55;

const digest = (name: string) => createHash(name).update(file).digest("base64");
const sumOf = (sum: Digest) => {
  sum.update(file);
  return Buffer.from(sum.finish()).toString("base64");
};
const crc = sumOf(crc32c());

const honest: readonly (readonly [string, OutgoingHttpHeaders])[] = [
  ["Content-MD5", { "content-md5": digest("md5") }],
  ["x-goog-hash, in two headers", { "x-goog-hash": [`crc32c=${crc}`, `md5=${digest("md5")}`] }],
  ["x-goog-hash, in one", { "x-goog-hash": `crc32c=${crc},md5=${digest("md5")}` }],
  ["CRC-32C alone", { "x-goog-hash": `crc32c=${crc}` }],
  ["Repr-Digest with SHA-256", { "repr-digest": `sha-256=:${digest("sha256")}:` }],
  ["Repr-Digest with SHA-512", { "repr-digest": `sha-512=:${digest("sha512")}:` }],
  ["Content-Digest", { "content-digest": `sha-256=:${digest("sha256")}:, sha-512=:${digest("sha512")}:` }],
  ["Digest", { digest: `SHA-256=${digest("sha256")},unixsum=30637` }],
  ["Repr-Digest with parameters", { "repr-digest": `sha3=:AAAA:, sha-256=:${digest("sha256")}:;q=1` }],
  ["Content-MD5 in digits", { "content-md5": createHash("md5").update(file).digest("hex") }],
  ["x-amz-checksum-crc32", { "x-amz-checksum-crc32": sumOf(crc32()), "x-amz-checksum-type": "FULL_OBJECT" }],
  ["x-amz-checksum-crc32c", { "x-amz-checksum-crc32c": crc }],
  ["x-amz-checksum-sha256", { "x-amz-checksum-sha256": [digest("sha256"), digest("sha256")] }],
  ["Azure's MD5 of the blob", { "x-ms-blob-content-md5": digest("md5") }],
];

function serve(body: Buffer, headers: OutgoingHttpHeaders) {
  return httpStore((_, response) => {
    response.writeHead(200, { etag: '"one"', "content-length": body.length, ...headers });
    response.end(body);
  });
}

describe.each(honest)("a store that announces %s", (_, headers) => {
  it("is believed where the content is that", async () => {
    const { client, job, ranges } = await serve(file, headers);
    const download = await client.download(job);
    expect(await collect(download)).toHaveLength(2_000);
    expect(download.complete).toBe(true);
    expect(await drain(client.download(job))).toEqual({ bytes: new Uint8Array(file) });
    expect(ranges).toHaveLength(2);
  });

  it("has its flipped bit found, at the end of records as of bytes", async () => {
    const { client, job, ranges, host } = await serve(flipped, headers);
    const download = await client.download(job);
    const error = await rejection<ExportError>(collect(download));
    expect(error).toMatchObject({ code: "INTEGRITY", operation: "artifact", job });
    expect(error.message).toContain(Object.keys(headers)[0]);
    expect(error.message).toContain(host);
    expect(download.complete).toBe(false);
    expect((await drain(client.download(job))).error).toMatchObject({ code: "INTEGRITY" });
    expect(ranges, "nothing is asked again").toHaveLength(2);

    // What is damaged once stays so: its checkpoint leads nowhere.
    const checkpoint = JSON.parse(JSON.stringify(download.checkpoint()));
    expect(await rejection(client.download(job, { checkpoint }))).toMatchObject({ code: "ARTIFACT_CHANGED" });
  });
});

describe("one download through breaks is checked as a whole", () => {
  it.each([
    ["sound", file, undefined],
    ["damaged", flipped, "INTEGRITY"],
  ] as const)("%s", async (_, body, code) => {
    let breakOff = () => {};
    const { client, job, ranges } = await httpStore((request, response, count) => {
      const start = Number(/\d+/.exec(request.headers.range ?? "0"));
      const named = { etag: '"one"', "x-goog-hash": `md5=${digest("md5")}` };
      if (start === 0) response.writeHead(200, { ...named, "content-length": body.length });
      else
        response.writeHead(206, {
          ...named,
          "content-length": body.length - start,
          "content-range": `bytes ${start}-${body.length - 1}/${body.length}`,
        });
      if (count < 3) response.write(body.subarray(start, start + 20_000));
      else response.end(body.subarray(start));
      breakOff = () => count < 3 && response.destroy();
    });
    const { error } = await drain(client.download(job), () => breakOff());
    if (code) expect(error).toMatchObject({ code });
    else expect(error).toBeUndefined();
    expect(ranges).toHaveLength(3);
  });

  it("and what a part says of itself is not said of the file", async () => {
    const { client, job } = await httpStore((request, response) => {
      const [start = 0, end = 0] =
        (request.headers.range ?? `${0}-${29_999}`).match(/\d+/g)?.map(Number) ?? [];
      const part = file.subarray(start, start > 0 ? file.length : end + 1);
      response.writeHead(206, {
        etag: '"one"',
        "content-md5": createHash("md5").update(part).digest("base64"),
        "content-digest": `sha-256=:${createHash("sha256").update(part).digest("base64")}:`,
        "content-range": `bytes ${start}-${start + part.length - 1}/${file.length}`,
      });
      response.end(part);
    });
    expect(await drain(client.download(job))).toEqual({ bytes: new Uint8Array(file) });
  });
});

describe("nothing is held against a file", () => {
  const wrong = createHash("md5").update("else").digest("base64");
  it.each<[string, Buffer, OutgoingHttpHeaders]>([
    [
      "that is compressed on the way",
      gzipSync(file),
      { "content-encoding": "gzip", "content-md5": wrong, "x-goog-hash": `md5=${wrong}` },
    ],
    [
      "that Google's store decompresses",
      file,
      {
        "x-goog-hash": `md5=${wrong}`,
        "x-goog-stored-content-encoding": "gzip",
        "x-goog-stored-content-length": 77,
      },
    ],
    ["for a digest that is none", file, { "content-md5": "none", "repr-digest": "sha-256=:AAAA:, md5" }],
    ["for a digest nobody knows", file, { "repr-digest": "sha-3=:AAAA:", "x-goog-hash": "__proto__=AAAA" }],
    ["for the checksum of checksums of parts", file, { "x-amz-checksum-sha256": `${digest("sha256")}-3` }],
    [
      "for a digest of another length",
      file,
      { "content-md5": digest("sha1"), "x-goog-hash": "md5=AAAAAA==" },
    ],
    ["for an empty header", file, { "content-md5": "", "x-goog-hash": "" }],
  ])("%s", async (_, body, headers) => {
    const { client, job } = await serve(body, headers);
    expect(await drain(client.download(job))).toEqual({ bytes: new Uint8Array(file) });
  });
});

it("an empty file is what its store says, or it is not taken for one", async () => {
  const empty = Buffer.alloc(0);
  const { client, job } = await serve(empty, { "content-md5": createHash("md5").digest("base64") });
  expect(await collect(await client.download(job))).toEqual([]);
  const other = await serve(empty, { "content-md5": digest("md5") });
  expect(await rejection(other.client.download(other.job).then(collect))).toMatchObject({
    code: "INTEGRITY",
  });
});

describe("x-goog-stored-content-length is the length, where nothing else tells it", () => {
  const cutAtLineEnd = file.subarray(0, file.indexOf("\n", 30_000) + 1);
  const stored = { "x-goog-stored-content-length": file.length, etag: '"one"', connection: "close" };

  it("so a close-delimited body that is cut is resumed", async () => {
    const { client, job, ranges } = await httpStore((request, response) => {
      const start = Number(/\d+/.exec(request.headers.range ?? "0"));
      // Without chunks the end of the connection is the end of the body.
      response.useChunkedEncodingByDefault = false;
      if (start === 0) response.writeHead(200, stored).end(cutAtLineEnd);
      else
        response
          .writeHead(206, { ...stored, "content-range": `bytes ${start}-${file.length - 1}/${file.length}` })
          .end(file.subarray(start));
    });
    expect(await collect(await client.download(job))).toHaveLength(2_000);
    expect(ranges).toEqual([undefined, `bytes=${cutAtLineEnd.length}-`]);
  });

  it("and one that stays cut is INTEGRITY", async () => {
    const { client, job } = await httpStore((_, response) => {
      response.useChunkedEncodingByDefault = false;
      response.writeHead(200, stored).end(cutAtLineEnd);
    });
    const download = await client.download(job);
    expect(await rejection(collect(download))).toMatchObject({ code: "INTEGRITY", retryable: true });
    expect(download.complete).toBe(false);
  });
});

describe("saveExport", () => {
  const folder = () => mkdtempSync(join(tmpdir(), "exportkit-content-"));
  const headers = { etag: '"one"', "content-length": file.length, "content-md5": digest("md5") };

  it("restarts where a bit was flipped on the way", async () => {
    const { client, job } = await httpStore((_, response, count) => {
      response.writeHead(200, headers).end(count === 1 ? flipped : file);
    });
    const path = join(folder(), "users.ndjson");
    await saveExport(client, job, path);
    expect(readFileSync(path)).toEqual(file);
  });

  it("publishes nothing that stays damaged, and a later run is not held up by it", async () => {
    let sound = false;
    const { client, job } = await httpStore((_, response) => {
      response.writeHead(200, headers).end(sound ? file : flipped);
    });
    const path = join(folder(), "users.ndjson");
    const error = await rejection<ExportError>(saveExport(client, job, path));
    expect(error).toMatchObject({ code: "INTEGRITY" });
    expect(error.message).toMatch(/started 4 times and could not be finished: .*Content-MD5/i);
    expect(readdirSync(join(path, ".."))).not.toContain("users.ndjson");
    sound = true;
    await saveExport(client, job, path);
    expect(readFileSync(path)).toEqual(file);
  });
});
