import { fileURLToPath } from "node:url";
import type { ExportEvent, ExportJob } from "exportkit";
import type { RecordDecoder } from "exportkit/provider";
import { afterEach, describe, expect, it, vi } from "vitest";
import { xlsx as workbook } from "../records/xlsx/workbook-writer.js";
import { zip as archive } from "../records/zip/zip-writer.js";
import { settle } from "../support/turns.js";

// Most of what a download needs is loaded with the first one. A deployment may have replaced those files by then.

let mocked: string | undefined;
afterEach(() => {
  if (mocked) vi.doUnmock(mocked);
  vi.resetModules();
  mocked = undefined;
});

/** The package, without one of its parts: loading that fails, or takes until `arrives` is resolved. */
async function packageWithout(part: string, arrives?: Promise<void>) {
  vi.resetModules();
  const path = part === "ky" ? part : fileURLToPath(new URL(`../../src/${part}.ts`, import.meta.url));
  mocked = path;
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  vi.doMock(path, async (original) => {
    begin();
    if (!arrives) throw new Error("the part is gone");
    await arrives;
    return original();
  });
  const kit = await import("exportkit/provider");
  const { createExportClient, ExportError } = await import("exportkit");
  const { createTestClock } = await import("exportkit/testing");

  /** A client of a provider that starts by a request and has its result in a file, or in pages. */
  function connect(
    decoder: RecordDecoder<unknown> | undefined,
    file: string | Uint8Array = "",
    once = true,
    type = "application/json",
    jobs?: number,
  ) {
    const events: ExportEvent[] = [];
    const sent: string[] = [];
    const cancelled: string[] = [];
    const clock = createTestClock();
    const delivery = decoder
      ? kit.fileDelivery({
          locate: async () => ({ url: "https://store.example/file", credentials: "none" }),
          records: () => decoder,
        })
      : kit.pagedDelivery({
          fetchPage: async () => ({ items: [{ id: 1 }] }),
          records: () => ({ kind: "pages", map: (item) => item }),
        });
    const client = createExportClient({
      clock,
      retry: { retries: 0 },
      ...(jobs !== undefined && { limits: { jobs } }),
      providers: {
        it: {
          spec: 1,
          name: "shop",
          origins: ["https://api.example"],
          capabilities: { jobs: once ? "asynchronous" : "immediate", progress: false, formats: [] },
          requestSchema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
          start: async (context) => {
            await context.request({ method: "POST", url: "https://api.example/start" });
            return { id: "1", status: "succeeded" };
          },
          poll: async () => ({ status: "succeeded" }),
          delivery,
        },
      },
      fetch: async (input) => {
        const { pathname } = new URL(String(input));
        sent.push(pathname);
        if (pathname === "/start") {
          const headers = { "content-type": type, location: "/elsewhere" };
          return new Response("{}", { status: type === "redirect" ? 303 : 200, headers });
        }
        const body = new ReadableStream<Uint8Array>({
          start(controller) {
            controller.enqueue(typeof file === "string" ? new TextEncoder().encode(file) : file);
          },
          cancel: () => void cancelled.push(pathname),
        });
        return new Response(body, { headers: { etag: '"1"' } });
      },
      onEvent: (event) => events.push(event),
    });
    const ends = () => events.flatMap((event) => (event.type === "end" ? [event.outcome] : []));
    return { client, clock, sent, cancelled, ends };
  }
  return { kit, connect, ExportError, begun, loaded: () => import(path) };
}

const unloaded = {
  code: "CONFIG_INVALID",
  retryable: false,
  message: expect.stringContaining("could not be loaded"),
};

const named = { provider: "shop", connection: "it", job: { id: "1" } };

const outcomeOf = (promise: Promise<unknown>) =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
const drain = async (items: AsyncIterable<unknown>) => {
  for await (const _ of items);
};

describe("a part that cannot be loaded", () => {
  it.each([
    ["records/encode-csv", "csv"],
    ["records/encoder", "ndjson"],
    ["records/encode-csv", "a response"],
    ["records/zip/decode-zip", "records"],
    ["records/xlsx/decode-xlsx", "records"],
    ["records/xlsx/decode-xlsx", "csv"],
    ["artifact/repeat-count", "records"],
  ])("%s is no end of a download as %s", async (part, way) => {
    const { kit, connect } = await packageWithout(part);
    const sheets = workbook({ sheets: [{ name: "S", rows: [["id"], [1]] }] });
    const [decoder, file] = part.includes("zip/")
      ? [kit.zip(kit.ndjson()), archive([{ name: "a", data: "{}\n" }])]
      : part.includes("xlsx")
        ? [kit.xlsx(), sheets]
        : [kit.ndjson({ identify: () => "same" }), '{"id":1}\n'];
    const { client, cancelled, ends } = connect(decoder, file);
    const download = await client.runExport("it", {});
    const before = download.checkpoint();
    const read =
      way === "records"
        ? drain(download.records())
        : way === "a response"
          ? download.toResponse({ format: "csv" }).text()
          : new Response(download.encode(way as "csv")).text();
    const { error } = (await outcomeOf(read)) as { error: Error };
    expect(error).toMatchObject({ ...unloaded, ...named, operation: "artifact" });
    expect(download).toMatchObject({ complete: false, endedBy: undefined });
    expect(download.checkpoint().position).toEqual(before.position);
    expect(cancelled).toEqual(["/file"]);
    expect(ends()).toEqual(["failed"]);
  });

  it("what finds rows by their bytes is not missed: they are found in their text", async () => {
    const { kit, connect } = await packageWithout("records/whole-rows");
    const { client, ends } = connect(kit.csv(), 'a,b\n1,"2"\n');
    const download = await client.runExport("it", {});
    const rows: unknown[] = [];
    for await (const row of download) {
      rows.push(row);
      break;
    }
    expect(rows).toEqual([{ a: "1", b: "2" }]);
    expect(ends()).toEqual(["stopped"]);
  });

  it.each([
    ["artifact/open-file", true],
    ["pages/open-pages", false],
  ])("%s fails the call that opens the download, and the job is as good as before", async (part, isFile) => {
    const { kit, connect } = await packageWithout(part);
    const { client, sent } = connect(isFile ? kit.ndjson() : undefined, "{}\n");
    const job = await client.startExport("it", {});
    const { error } = (await outcomeOf(client.download(job))) as { error: Error };
    const told = { ...unloaded, ...named, operation: isFile ? "artifact" : "page" };
    expect(error).toMatchObject(told);
    expect((await outcomeOf(client.runExport("it", {}))) as object).toMatchObject({ error: told });
    expect(sent).toEqual(["/start", "/start"]);
  });

  it.each([
    ["what decodes the answer", true, "transport/charset", "application/json; charset=latin1"],
    ["what decodes the answer", false, "transport/charset", "application/json; charset=latin1"],
    ["what reads a redirect", true, "transport/redirected", "redirect"],
    ["what reads a redirect", false, "transport/redirected", "redirect"],
  ])("%s (once: %s): nobody takes a started export for one that was not", async (_, isOnce, part, type) => {
    const { connect } = await packageWithout(part);
    const { client, sent } = connect(undefined, "", isOnce, type);
    expect(await outcomeOf(client.startExport("it", {}))).toMatchObject({
      error: isOnce
        ? { code: "START_OUTCOME_UNKNOWN", cause: { cause: unloaded } }
        : { ...unloaded, provider: "shop", connection: "it", operation: "start" },
    });
    expect(sent).toEqual(["/start"]);
  });

  it("what counts jobs loses no answer of a poll", async () => {
    const { connect } = await packageWithout("jobs/running-jobs");
    const { client } = connect(undefined);
    const { value } = (await outcomeOf(client.startExport("it", {}))) as { value: ExportJob<"it"> };
    const limited = connect(undefined, "", true, undefined, 1).client;
    expect(await limited.pollExport({ ...value, status: "running" })).toMatchObject({ status: "succeeded" });
    expect(await outcomeOf(limited.startExport("it", {}))).toMatchObject({
      error: { ...unloaded, provider: "shop", connection: "it", operation: "start" },
    });
  });

  it.each(["ky", "transport/once/watched"])(
    "%s has started nothing: the start was never sent, and waiting for it would not help",
    async (part) => {
      const { connect, ExportError } = await packageWithout(part);
      const { client, sent } = connect(undefined);
      const { error } = (await outcomeOf(client.startExport("it", {}))) as { error: Error };
      expect(ExportError.isInstance(error)).toBe(true);
      expect(error).toMatchObject({ code: "CONFIG_INVALID", retryable: false, details: { neverSent: true } });
      expect(error.message).toContain("could not be loaded");
      expect(sent).toEqual([]);
    },
  );
});

it("a durable export spends no claim where what sends its start cannot be loaded", async () => {
  const { connect } = await packageWithout("ky");
  const { advanceExport, beginExport } = await import("exportkit/durable");
  const { client, sent } = connect(undefined);
  const claims: string[] = [];
  const step = advanceExport(client, beginExport("it", {}), {
    sink: { write: async () => {} },
    claimStart: async (claim) => claims.push(claim) > 0,
  });
  expect(await outcomeOf(step)).toMatchObject({ error: unloaded });
  expect(claims).toEqual([]);
  expect(sent).toEqual([]);
});

describe.each(["dispose", "cancel"])("a download that is closed while a part of it loads, by %s", (close) => {
  it.each([
    ["records/encode-csv", "csv"],
    ["records/encoder", "ndjson"],
    ["records/zip/decode-zip", "csv"],
    ["records/xlsx/decode-xlsx", "ndjson"],
    ["records/whole-rows", "csv"],
  ] as const)("%s: it is over, as %s, and nothing is read any more", async (part, format) => {
    let arrive = () => {};
    const arrives = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const { kit, connect } = await packageWithout(part, arrives);
    const archived = part.includes("zip/") ? kit.zip(kit.ndjson()) : kit.xlsx();
    const text = part.includes("whole") ? kit.csv() : kit.ndjson();
    const { client, sent, cancelled, ends } = connect(/enc|whole/.test(part) ? text : archived, "{}\n");
    const download = await client.runExport("it", {});
    const reader = download.encode(format).getReader();
    const read = outcomeOf(reader.read());
    const closing = close === "cancel" ? reader.cancel("enough") : download[Symbol.asyncDispose]();
    arrive();
    await closing;
    const seen = (await read) as { error?: Error; value?: { done: boolean } };
    expect(seen.error?.name ?? seen.value?.done).toBe(close === "cancel" ? true : "AbortError");
    expect(sent).toEqual(["/start", "/file"]);
    expect(cancelled).toEqual(["/file"]);
    expect(download).toMatchObject({ complete: false });
    expect(ends()).toEqual(["stopped"]);
  });
});

describe.each(["ky", "transport/once/watched"])("a start that is given up while %s loads", (part) => {
  it.each(["signal", "timeout"])("by its %s is never sent", async (way) => {
    let arrive = () => {};
    const arrives = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const { connect, begun, loaded } = await packageWithout(part, arrives);
    // Its fetch heeds no signal.
    const { client, clock, sent } = connect(undefined);
    const reason = new Error("enough");
    const controller = new AbortController();
    const starting = outcomeOf(client.startExport("it", {}, { signal: controller.signal }));
    await begun;
    if (way === "signal") controller.abort(reason);
    else clock.advance(30_000);
    arrive();
    const { error } = (await starting) as { error: unknown };
    if (way === "signal") expect(error).toBe(reason);
    else expect(error).toMatchObject({ code: "TIMEOUT", details: { neverSent: true } });
    await loaded();
    await settle();
    expect(sent).toEqual([]);
  });
});
