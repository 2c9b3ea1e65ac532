import { authgearExportBytes } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { collectBytes } from "../../support/collect.js";
import fc from "../../support/fast-check.js";
import { runs } from "../../support/runs.js";
import { adminApi } from "./admin-api.js";

const whole = () => collectBytes(authgearExportBytes({ format: "ndjson", users: 100 }));

describe("ranges", () => {
  it("any range is that part of the whole", async () => {
    const bytes = await whole();
    const { link, emulator } = adminApi({ chunkBytes: 1000, urlLifetimeMs: 1e9 });
    const url = await link();
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(bytes.length), async (start, length) => {
        const end = Math.min(bytes.length, start + length + 1);
        const response = await emulator.fetch(url, {
          headers: { range: `bytes=${start}-${start + length}` },
        });
        expect(response.status).toBe(206);
        expect(response.headers.get("content-range")).toBe(`bytes ${start}-${end - 1}/${bytes.length}`);
        expect(response.headers.get("content-length")).toBe(String(end - start));
        expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes.slice(start, end));
      }),
      { numRuns: runs(25) },
    );
  });

  it("open-ended, suffix, ignored and unsatisfiable ones", async () => {
    const bytes = await whole();
    const size = bytes.length;
    const { link, emulator } = adminApi();
    const url = await link();
    const ask = async (range: string) => {
      const response = await emulator.fetch(url, { headers: { range } });
      return [
        response.status,
        response.headers.get("content-range"),
        (await response.arrayBuffer()).byteLength,
      ];
    };
    expect(await ask("bytes=10-")).toEqual([206, `bytes 10-${size - 1}/${size}`, size - 10]);
    expect(await ask("bytes=-10")).toEqual([206, `bytes ${size - 10}-${size - 1}/${size}`, 10]);
    expect(await ask(`bytes=-${size + 5}`)).toEqual([206, `bytes 0-${size - 1}/${size}`, size]);
    expect(await ask("bytes=5-4")).toEqual([200, null, size]);
    expect(await ask("bytes=0-1,5-6")).toEqual([200, null, size]);
    expect(await ask("lines=0-1")).toEqual([200, null, size]);
    for (const range of [`bytes=${size}-`, "bytes=-0"]) {
      const [status, contentRange] = await ask(range);
      expect([status, contentRange]).toEqual([416, `bytes */${size}`]);
    }
  });

  it("at MinIO go by its own rules: If-Range does not count, and a 416 tells no length", async () => {
    const { link, emulator } = adminApi({ store: "minio" });
    const url = await link();
    const ask = async (range: string, condition?: string) => {
      const headers = { range, ...(condition !== undefined && { "if-range": condition }) };
      const response = await emulator.fetch(url, { headers });
      return [response.status, response.headers.get("content-range")?.split("/")[0]];
    };
    for (const condition of ['"other"', 'W/"weak"', "Thu, 01 Jan 1970 00:00:00 GMT"])
      expect(await ask("bytes=5-9", condition)).toEqual([206, "bytes 5-9"]);
    expect(await ask("bytes=10-5")).toEqual([416, undefined]);
    expect(await ask("bytes=99999999-")).toEqual([416, undefined]);
    for (const range of ["BYTES=5-9", "bytes = 5-9"]) expect(await ask(range)).toEqual([200, undefined]);
  });

  it("preconditions hold or not", async () => {
    const { link, emulator } = adminApi({ store: "minio" });
    const url = await link();
    const whole = await emulator.fetch(url);
    const status = async (name: string, value: string) =>
      (await emulator.fetch(url, { headers: { [name]: value } })).status;
    expect(await status("if-none-match", whole.headers.get("etag") ?? "")).toBe(304);
    expect(await status("if-none-match", '"other"')).toBe(200);
    expect(await status("if-unmodified-since", "Thu, 01 Jan 1970 00:00:00 GMT")).toBe(412);
    expect(await status("if-unmodified-since", whole.headers.get("last-modified") ?? "")).toBe(200);
    expect((await emulator.fetch(url, { method: "OPTIONS" })).status).toBe(200);
  });

  it("If-Range decides between the part and the whole", async () => {
    const { link, emulator, clock } = adminApi();
    const url = await link();
    const { headers } = await emulator.fetch(url);
    const etag = headers.get("etag") ?? "";
    const modified = headers.get("last-modified") ?? "";
    const ask = async (condition: string) =>
      (await emulator.fetch(url, { headers: { range: "bytes=1-", "if-range": condition } })).status;
    expect(await ask(etag)).toBe(206);
    expect(await ask(modified)).toBe(206);
    expect(await ask(`W/${etag}`)).toBe(200);
    expect(await ask('"other"')).toBe(200);
    expect(await ask("Thu, 01 Jan 2026 00:00:01 GMT")).toBe(200);
    clock.advance(2000);
    emulator.changeObjects();
    expect(await ask(etag)).toBe(200);
    expect(await ask(modified)).toBe(200);
    expect((await emulator.fetch(url, { headers: { "if-match": etag } })).status).toBe(412);
  });

  it("a weak ETag never proves that a part belongs to the rest", async () => {
    const { link, emulator } = adminApi({ etag: "weak" });
    const url = await link();
    const etag = (await emulator.fetch(url)).headers.get("etag") ?? "";
    expect(etag).toMatch(/^W\/"/);
    expect((await emulator.fetch(url, { headers: { "if-match": etag } })).status).toBe(412);
    expect((await emulator.fetch(url, { headers: { range: "bytes=1-", "if-range": etag } })).status).toBe(
      200,
    );
  });
});
