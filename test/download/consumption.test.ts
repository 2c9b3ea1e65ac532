import { expect, it } from "vitest";
import { authgearExport } from "../artifact/authgear-export.js";

const ways = {
  records: (download: Download) => download.records(),
  iterator: (download: Download) => download[Symbol.asyncIterator](),
  bytes: (download: Download) => download.bytes(),
  ndjson: (download: Download) => download.encode("ndjson"),
  csv: (download: Download) => download.encode("csv"),
  response: (download: Download) => download.toResponse(),
};
type Download = Awaited<ReturnType<Awaited<ReturnType<typeof authgearExport>>["client"]["download"]>>;
const names = Object.keys(ways) as (keyof typeof ways)[];

it.each(names)("read as %s, then in any way: ALREADY_CONSUMED", async (first) => {
  const run = await authgearExport();
  const download = await run.client.download(run.job);
  ways[first](download);
  for (const second of names) {
    expect(() => ways[second](download), second).toThrow(
      expect.objectContaining({ code: "ALREADY_CONSUMED", connection: "users", job: run.job }),
    );
  }
  await download[Symbol.asyncDispose]();
});

it.each(names)("read as %s after it was disposed of: ALREADY_CONSUMED", async (way) => {
  const run = await authgearExport();
  const download = await run.client.download(run.job);
  await download[Symbol.asyncDispose]();
  expect(() => ways[way](download)).toThrow(expect.objectContaining({ code: "ALREADY_CONSUMED" }));
});

it("await using disposes of it", async () => {
  const run = await authgearExport();
  let left: Download;
  {
    await using download = await run.client.download(run.job);
    left = download;
  }
  expect(() => left.bytes()).toThrow(expect.objectContaining({ code: "ALREADY_CONSUMED" }));
});

it("another download of the same job starts from the beginning", async () => {
  const run = await authgearExport({ users: 3 });
  for (let times = 0; times < 2; times++) {
    const subs: string[] = [];
    for await (const user of await run.client.download(run.job)) subs.push(user.sub as string);
    expect(subs).toHaveLength(3);
  }
});

it("a response says what it is", async () => {
  const run = await authgearExport();
  const response = (await run.client.download(run.job)).toResponse();
  expect(response.headers.get("content-type")).toBe("application/x-ndjson");
  expect(response.headers.get("content-length")).toBe(String(run.whole.length));
  expect(response.headers.get("content-disposition")).toMatch(
    /^attachment; filename="myapp-userexport_.*\.ndjson"/,
  );
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(run.whole);
});

it("a response of the rest does not claim the length of the whole", async () => {
  const run = await authgearExport({ chunkBytes: 1_000 });
  const first = await run.client.download(run.job);
  const reader = first.bytes().getReader();
  await reader.read();
  const checkpoint = first.checkpoint();
  await reader.cancel();
  const response = (await run.client.download(run.job, { checkpoint })).toResponse();
  expect(response.headers.get("content-length")).toBeNull();
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(run.whole.subarray(1_000));
});

it("a response in a format of the caller's choice holds the records and no secret", async () => {
  const run = await authgearExport({ users: 30 });
  const raw = await (await run.client.download(run.job)).toResponse().text();
  const response = (await run.client.download(run.job)).toResponse({
    format: "csv",
    columns: ["sub", "mfa"],
  });
  const text = await response.text();
  expect(raw).toContain("TOTP-SECRET");
  expect(text).not.toContain("TOTP-SECRET");
  expect(text.split("\n").slice(0, 2)).toEqual([
    "sub,mfa",
    expect.stringContaining("00000000-0000-4000-8000-000000000000"),
  ]);
  expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8");
  expect(response.headers.get("content-disposition")).toMatch(/\.csv"/);
  expect(response.headers.has("content-length")).toBe(false);
});

it.each<[string, (download: Download) => unknown, string]>([
  ["encode(xlsx)", (download) => download.encode("xlsx" as never), "format"],
  [
    "an unknown option of encode",
    (download) => download.encode("csv", { column: ["sub"] } as never),
    "column",
  ],
  ["columns that are no list", (download) => download.encode("csv", { columns: "sub" } as never), "columns"],
  [
    "an onInvalid that is none",
    (download) => download.records({ onInvalid: "ignore" as never }),
    "onInvalid",
  ],
  [
    "an unknown format of a response",
    (download) => download.toResponse({ format: "xml" as never }),
    "format",
  ],
  // What it leaves out, the provider's bytes would hold.
  [
    "columns for a response without a format",
    (download) => download.toResponse({ columns: ["sub"] }),
    "columns",
  ],
  [
    "an onInvalid for a response without a format",
    (download) => download.toResponse({ onInvalid: "skip" }),
    "onInvalid",
  ],
  ["an unknown option of a response", (download) => download.toResponse({ status: 201 } as never), "status"],
])("%s is CONFIG_INVALID and leaves the download to be read", async (_, read, field) => {
  const run = await authgearExport({ users: 2 });
  const download = await run.client.download(run.job);
  expect(() => read(download)).toThrow(
    expect.objectContaining({
      code: "CONFIG_INVALID",
      connection: "users",
      details: expect.objectContaining({ field }),
    }),
  );
  let records = 0;
  for await (const _user of download) records += 1;
  expect(records).toBe(2);
});
