import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createGzip } from "node:zlib";
import { createExportClient, type ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";
import { describe, expect, it, onTestFinished } from "vitest";
import { xlsx } from "../records/xlsx/workbook-writer.js";
import { zip } from "../records/zip/zip-writer.js";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { connect, json } from "./vendors.js";

const MiB = 1024 * 1024;

const blanks = new Uint8Array(MiB).fill(0x20);

it("M1: an answer is read up to maxBufferedBytes, counted as it unfolds", async () => {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
    const gzip = createGzip();
    gzip.pipe(response);
    // Blanks without end: a thousandth of them is on the wire.
    const feed = () => {
      while (gzip.write(blanks));
    };
    gzip.on("drain", feed);
    response.on("close", () => gzip.destroy());
    feed();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  let read = 0;
  const client = createExportClient({
    providers: { users: authgear({ endpoint: `http://127.0.0.1:${port}`, token: "a-token-of-some-length" }) },
    maxBufferedBytes: MiB,
    fetch: async (input, init) => {
      const { body, headers } = await fetch(input, init);
      const counted = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          read += chunk.byteLength;
          controller.enqueue(chunk);
        },
      });
      return new Response(body?.pipeThrough(counted), { headers });
    },
  });
  const error = await rejection<ExportError>(client.startExport("users", { format: "ndjson" }));
  expect(error).toMatchObject({
    code: "START_OUTCOME_UNKNOWN",
    cause: { code: "LIMIT_EXCEEDED", details: { limit: MiB } },
  });
  expect(read).toBeLessThan(2 * MiB);
});

describe("M2: a line, a row, a cell or a string that does not end is refused at maxBufferedBytes", () => {
  const endless = (begin: string) => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled += 64 * 1024;
          controller.enqueue(new TextEncoder().encode(pulled === 65_536 ? begin : "x".repeat(64 * 1024)));
        },
      },
      { highWaterMark: 0 },
    );
    return { body, pulled: () => pulled };
  };
  it.each([
    [{ format: "ndjson" }, '{"sub":"'],
    [{ format: "csv" }, "sub,email\n1,"],
    [{ format: "csv" }, 'sub,email\n1,"'],
    [{ format: "csv" }, ""],
  ] as const)("%j %j", async (request, begin) => {
    const { body, pulled } = endless(begin);
    const set = connect("Authgear with a token", {
      request,
      settings: { maxBufferedBytes: 256 * 1024 },
      intercept: ({ url }, proceed) => (url.host.startsWith("storage") ? new Response(body) : proceed()),
    });
    const error = await rejection(collect(await set.client.download(await set.finish())));
    expect(error).toMatchObject({ code: "LIMIT_EXCEEDED" });
    expect(pulled()).toBeLessThan(MiB);
  });

  it("in a workbook", async () => {
    const long = "x".repeat(300 * 1024);
    for (const shared of [false, true]) {
      const error = await readRows(xlsx({ sheets: [{ name: "S", rows: [[long]] }], shared }), 256 * 1024);
      expect(error).toMatchObject({ code: "LIMIT_EXCEEDED" });
    }
  });
});

/** What reading a file of AvePoint's ends with. */
async function readRows(file: Uint8Array, maxBufferedBytes?: number): Promise<unknown> {
  const set = connect("AvePoint with a secret", {
    ...(maxBufferedBytes !== undefined && { settings: { maxBufferedBytes } }),
    intercept: ({ url }, proceed) =>
      url.pathname.endsWith("/exportfile") ? new Response(file as BodyInit) : proceed(),
  });
  const job = await set.finish();
  return rejection(set.client.download(job).then(collect));
}

describe("M3: an archive bomb is refused", () => {
  const bomb = (size: number) => xlsx({ sheets: [{ name: "S", data: " ".repeat(size) }] });
  it("by its ratio", async () => {
    expect(await readRows(bomb(8 * MiB))).toMatchObject({
      code: "LIMIT_EXCEEDED",
      message: expect.stringContaining("200 to 1"),
    });
  });

  it("where it hides within another archive", async () => {
    const outer = zip([{ name: "report.xlsx", data: bomb(8 * MiB) }]);
    expect(await readRows(outer)).toMatchObject({ code: "LIMIT_EXCEEDED" });
  });

  it("where it lies about its size", async () => {
    const parts = { name: "xl/workbook.xml", data: " ".repeat(8 * MiB), size: 1_000 };
    const file = zip([{ name: "[Content_Types].xml", data: "<Types/>" }, parts]);
    expect(await readRows(file)).toMatchObject({
      code: "INTEGRITY",
      message: expect.stringContaining("longer than"),
    });
  });

  it("where its members share their bytes", async () => {
    const file = zip([
      { name: "[Content_Types].xml", data: "<Types/>" },
      { name: "a.xml", data: "x", offset: 0 },
    ]);
    expect(await readRows(file)).toMatchObject({
      code: "DECODE_FAILED",
      message: expect.stringContaining("overlap"),
    });
  });

  it("where it would have to be held in memory", async () => {
    const noise = Uint8Array.from({ length: 2 * MiB }, (_, index) => (index * 2_654_435_761) >>> 13);
    const file = zip([{ name: "a.xlsx", data: noise, method: 0 }]);
    expect(await readRows(file, 256 * 1024)).toMatchObject({ code: "LIMIT_EXCEEDED" });
  });
});

it("M4: an answer of any depth and width makes an error of bounded size", async () => {
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  const wide = JSON.stringify(Array.from({ length: 200_000 }, () => "word"));
  const long = JSON.stringify("word ".repeat(400_000));
  for (const causes of [deep, wide, long]) {
    const text = `{"error":{"reason":"ValidationFailed","message":${long},"info":{"causes":${causes}}}}`;
    const set = connect("Authgear with a token", { intercept: () => new Response(text, { status: 400 }) });
    const error = await rejection<ExportError>(set.client.startExport("export", set.request));
    expect(error).toMatchObject({ code: "REQUEST_INVALID" });
    expect(JSON.stringify(error).length).toBeLessThan(64 * 1024);
  }
});

it.each(["ignoresPage", "stuckNext"] as const)(
  "M5: a listing that would go round for ever is stopped: %s",
  async (fault) => {
    let pages = 0;
    const set = connect("Zephr", {
      intercept: async ({ url }, proceed) => {
        if (url.searchParams.get("rpp") !== "10") return proceed();
        if (++pages > 50) throw new Error("it never ends");
        const target = new URL(url);
        if (fault === "ignoresPage")
          return json({
            ...(await (await proceed()).json()),
            results: [{ user: { user_id: "same" } }],
            links: { next: { page: Number(target.searchParams.get("page")) + 1 } },
          });
        return json({
          ...(await (await proceed()).json()),
          links: { next: { page: Number(target.searchParams.get("page")) } },
        });
      },
    });
    const error = await rejection(set.client.download(await set.finish()).then(collect));
    expect(error).toMatchObject({ code: "RESPONSE_INVALID" });
  },
);

it.each(["600", "86400", "999999999999", "Fri, 31 Dec 9999 23:59:59 GMT", "1e300"])(
  "M6: no vendor can make a call sleep longer than the caller allows: %s",
  async (after) => {
    const set = connect("Zephr", {
      intercept: () => new Response("", { status: 429, headers: { "retry-after": after } }),
      settings: { retry: { retries: 3, maxRetryAfterMs: 5_000, maxDelayMs: 5_000 } },
    });
    const error = await rejection<ExportError>(set.client.startExport("export", {}));
    expect(error).toMatchObject({ code: "RATE_LIMITED", retryable: true });
    expect(Math.max(0, ...set.clock.sleeps)).toBeLessThanOrEqual(5_000);
  },
);
