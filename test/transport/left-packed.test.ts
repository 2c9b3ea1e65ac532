import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { ndjson } from "exportkit/provider";
import { expect, it, vi } from "vitest";
import { drain } from "../artifact/drain.js";
import { httpStore } from "../artifact/http-store.js";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";

// As on Deno, whose fetch unpacks nothing for whoever asks for `identity`.
vi.mock("../../src/transport/once/node.js", async (original) => ({
  ...(await original<object>()),
  leavesPacked: true,
}));

const text = '{"n":1}\n'.repeat(50);
const packed = { br: brotliCompressSync(text), zstd: zstdCompressSync(text), deflate: deflateSync(text) };

it.each(Object.entries(packed))(
  "a file that came packed by %s, and that this runtime leaves so, is refused by name",
  async (coding, body) => {
    const { client, job, host } = await httpStore((_, response) => {
      response.writeHead(200, { "content-encoding": coding, "content-length": body.length }).end(body);
    }, ndjson());
    for (const error of [
      await rejection(client.download(job).then(collect)),
      (await drain(client.download(job))).error,
    ]) {
      expect(error).toMatchObject({ code: "INTEGRITY", operation: "artifact" });
      expect(String(error)).toContain("Content-Encoding");
      expect(String(error)).toContain(host);
    }
  },
);

it("one that came packed by gzip and broke off on its way is told as lost, not as damaged", async () => {
  let breakOff = () => {};
  const { client, job } = await httpStore(
    (_, response) => {
      const body = gzipSync(text);
      response.writeHead(200, { "content-encoding": "gzip", "content-length": body.length });
      response.write(body.subarray(0, 20));
      breakOff = () => response.destroy();
    },
    ndjson(),
    { retry: { retries: 0 } },
  );
  const { error } = await drain(client.download(job), () => breakOff());
  expect(error).toMatchObject({ code: "ARTIFACT_CHANGED", cause: { code: "NETWORK" } });
});

it("one that came packed by gzip is unpacked here", async () => {
  const { client, job } = await httpStore((_, response) => {
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(text));
  }, ndjson());
  expect(await collect(await client.download(job))).toHaveLength(50);
});
