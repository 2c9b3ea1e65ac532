import { authgearExportBytes } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { collectBytes } from "../../support/collect.js";
import { adminApi } from "./admin-api.js";

const whole = () => collectBytes(authgearExportBytes({ format: "ndjson", users: 100 }));

async function codeOf(response: Response): Promise<string> {
  expect(response.headers.get("content-type")).toMatch(/^application\/xml/);
  return /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1] ?? "";
}

describe("links", () => {
  it("every poll makes a fresh one to the same object", async () => {
    const { start, poll, emulator } = adminApi();
    const { id } = await start();
    const links = [(await poll(id)).download_url ?? "", (await poll(id)).download_url ?? ""];
    expect(links[0]).not.toBe(links[1]);
    const tags = await Promise.all(
      links.map(async (link) => (await emulator.fetch(link)).headers.get("etag")),
    );
    expect(tags[0]).toMatch(/^"[^"]+"$/);
    expect(tags[0]).toBe(tags[1]);
  });

  it("look like the vendor's sample", async () => {
    const { searchParams } = new URL(await adminApi().link());
    expect(searchParams.get("X-Goog-Algorithm")).toBe("GOOG4-RSA-SHA256");
    expect(searchParams.get("X-Goog-Date")).toBe("20260101T000000Z");
    expect(searchParams.get("X-Goog-Expires")).toBe("59");
  });

  it.each([
    ["gcs", 400, "ExpiredToken"],
    ["s3", 403, "AccessDenied"],
    ["azure", 403, "AuthenticationFailed"],
  ] as const)("at %s end after their lifetime with %i %s", async (store, status, code) => {
    const { link, emulator, clock } = adminApi({ store, urlLifetimeMs: 60_000 });
    const url = await link();
    clock.advance(59_999);
    const running = await emulator.fetch(url);
    expect(running.status).toBe(200);
    clock.advance(1);
    const late = await emulator.fetch(url);
    expect(late.status).toBe(status);
    expect(await codeOf(late)).toBe(code);
    // A download that has begun is not cut.
    expect((await running.arrayBuffer()).byteLength).toBe((await whole()).byteLength);
  });

  it.each(["gcs", "s3", "azure"] as const)(
    "at %s stand as they were signed, or are refused",
    async (store) => {
      const { link, emulator } = adminApi({ store });
      const url = await link();
      const signature = /(Signature|sig)=\w/;
      for (const forged of [
        `${url}&extra=1`,
        url.replace(/emulator-link=1-/, "emulator-link=2-"),
        url.replace(/emulator-link=1-\d/, "emulator-link=1-9"),
        url.replace("userexport_", "userexport_0"),
        url.replace(signature, (text) => `${text.slice(0, -1)}${text.endsWith("0") ? "1" : "0"}`),
        url.split("?")[0] ?? "",
      ]) {
        const response = await emulator.fetch(forged);
        expect(response.status, forged).toBe(403);
        expect(await codeOf(response)).toMatch(/^(SignatureDoesNotMatch|AuthenticationFailed)$/);
      }
    },
  );

  it.each([
    ["gcs", 200],
    ["azure", 200],
    ["s3", 403],
  ] as const)("HEAD at %s is %i", async (store, status) => {
    const { link, emulator } = adminApi({ store });
    const response = await emulator.fetch(await link(), { method: "HEAD" });
    expect(response.status).toBe(status);
    expect(await response.text()).toBe("");
    if (status === 200)
      expect(response.headers.get("content-length")).toBe(String((await whole()).byteLength));
  });

  it("an Authorization header is refused, and seen in the journal", async () => {
    const { link, emulator } = adminApi();
    const response = await emulator.fetch(await link(), { headers: { authorization: "Bearer x" } });
    expect(response.status).toBe(400);
    expect(await codeOf(response)).toBe("InvalidArgument");
    expect(emulator.requests.at(-1)).toMatchObject({
      operation: "artifact",
      headers: ["authorization"],
      status: 400,
    });
  });

  it("an object that was never stored is 404", async () => {
    const { link, emulator } = adminApi({ outcome: "missing-object" });
    const response = await emulator.fetch(await link());
    expect([response.status, await codeOf(response)]).toEqual([404, "NoSuchKey"]);
  });
});

describe("the file's headers", () => {
  it.each([
    ["ndjson", "application/x-ndjson"],
    ["csv", "text/csv"],
  ])("of %s", async (format, type) => {
    const { link, emulator } = adminApi({ projectId: "shop" });
    const { headers } = await emulator.fetch(await link({ format }));
    expect(headers.get("content-type")).toBe(type);
    expect(headers.get("content-disposition")).toBe(
      `attachment; filename=shop-${emulator.tasks[0]?.id}-20260101000000Z.${format}`,
    );
    expect(headers.get("accept-ranges")).toBe("bytes");
    expect(headers.get("last-modified")).toBe("Thu, 01 Jan 2026 00:00:00 GMT");
    expect(headers.get("date")).toBe("Thu, 01 Jan 2026 00:00:00 GMT");
    expect(headers.get("content-encoding")).toBeNull();
  });

  it("can be left out one by one", async () => {
    const { link, emulator } = adminApi({
      etag: "none",
      lastModified: false,
      contentLength: false,
      ranges: "ignore",
    });
    const response = await emulator.fetch(await link(), { headers: { range: "bytes=5-" } });
    expect(response.status).toBe(200);
    for (const name of ["etag", "last-modified", "content-length", "accept-ranges", "content-range"])
      expect(response.headers.get(name), name).toBeNull();
    expect((await response.arrayBuffer()).byteLength).toBe((await whole()).byteLength);
  });

  it("a compressed file shows its header, no length, and ignores ranges", async () => {
    const { link, emulator } = adminApi({ contentEncoding: "gzip" });
    const response = await emulator.fetch(await link(), { headers: { range: "bytes=5-" } });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect(response.headers.get("content-length")).toBeNull();
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(await whole());
  });
});
