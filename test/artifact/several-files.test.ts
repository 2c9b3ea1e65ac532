import { gzipSync } from "node:zlib";
import { type Checkpoint, createExportClient, type ExportEvent } from "exportkit";
import {
  type ArtifactLocation,
  csv,
  fileDelivery,
  gunzip,
  json,
  ndjson,
  type Provider,
  type RecordDecoder,
  zip,
} from "exportkit/provider";
import { createTestClock, selectRange } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { visible } from "../client/canary/leaks.js";
import { zip as packed } from "../records/zip/zip-writer.js";

const store = "https://files.example.test";
const utf8 = new TextEncoder();

interface StoreOptions {
  readonly decoder?: RecordDecoder<unknown>;
  /** What `locate` answers beside URLs, for the file of this place and the call of this number. */
  readonly locate?: (part: number, call: number) => Partial<ArtifactLocation>;
  /** How many files are named at a call; default all. */
  readonly count?: (call: number) => number;
  /** Answers in place of the store. */
  readonly answer?: (part: number, request: Request, nth: number) => Response | undefined;
  readonly validator?: boolean;
}

/** A job of some files, and a store that signs a new URL for 60 s each time. */
function severalFiles(contents: readonly (string | Uint8Array)[], options: StoreOptions = {}) {
  const { decoder = ndjson(), validator = true } = options;
  const files = contents.map((content) => (typeof content === "string" ? utf8.encode(content) : content));
  const clock = createTestClock();
  const requests: { readonly part: number; readonly range: string | null; readonly headers: Headers }[] = [];
  const events: ExportEvent[] = [];
  const shown: unknown[] = [];
  let located = 0;
  const provider: Provider<object, unknown> = {
    spec: 1,
    name: "files",
    capabilities: { jobs: "immediate", progress: false, formats: ["any"] },
    requestSchema: { "~standard": { version: 1, vendor: "test", validate: () => ({ value: {} }) } },
    start: async () => ({ id: "1", status: "succeeded" }),
    poll: async () => ({ status: "succeeded" }),
    delivery: fileDelivery({
      async locate(context) {
        const call = located++;
        const until = context.now() + 60_000;
        return files.slice(0, options.count?.(call)).map((_, part) => ({
          url: `${store}/${part}?until=${until}&signature=canary-signature-${call}`,
          credentials: "none",
          expiresAt: new Date(until),
          ...options.locate?.(part, call),
        }));
      },
      records: () => decoder,
    }),
  };
  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const part = Number(url.pathname.slice(1));
    const range = request.headers.get("range");
    requests.push({ part, range, headers: request.headers });
    const answer = options.answer?.(part, request, requests.length);
    if (answer) return answer;
    if (!(clock.now() < Number(url.searchParams.get("until"))))
      return new Response("expired", { status: 403 });
    const bytes = files[part] ?? new Uint8Array(0);
    const etag: Record<string, string> = validator ? { etag: `"${part}"` } : {};
    const condition = request.headers.get("if-range");
    const selected = selectRange(condition === null || condition === etag.etag ? range : null, bytes.length);
    if (selected.kind === "unsatisfiable")
      return new Response(null, { status: 416, headers: { "content-range": `bytes */${bytes.length}` } });
    const { start, end } = selected.kind === "part" ? selected : { start: 0, end: bytes.length };
    return new Response(bytes.slice(start, end), {
      status: selected.kind === "part" ? 206 : 200,
      headers: {
        ...etag,
        "content-length": String(end - start),
        ...(selected.kind === "part" && { "content-range": `bytes ${start}-${end - 1}/${bytes.length}` }),
      },
    });
  };
  const log = (...parts: unknown[]) => void shown.push(...parts);
  const connect = () =>
    createExportClient({
      providers: { it: provider },
      fetch: fetch as typeof globalThis.fetch,
      clock,
      retry: { retries: 2 },
      logger: { debug: log, info: log, warn: log, error: log },
      onEvent: (event) => events.push(event),
    });
  const open = async (checkpoint?: unknown) => {
    const client = connect();
    const job = await client.startExport("it", {});
    const stored =
      checkpoint === undefined ? undefined : (JSON.parse(JSON.stringify(checkpoint)) as Checkpoint);
    return client.download(job, { checkpoint: stored });
  };
  return { open, clock, requests, events, shown, located: () => located, files };
}

const all = async (records: AsyncIterable<unknown>) => {
  const found: unknown[] = [];
  for await (const record of records) found.push(record);
  return found;
};
const rejectionOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail("nothing was thrown"),
    (error: unknown) => error,
  );
const lines = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => `{"id":${from + index}}\n`).join("");
const ids = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: from + index }));

const kinds: readonly (readonly [string, RecordDecoder<unknown>, (text: string) => string | Uint8Array])[] = [
  ["NDJSON", ndjson(), (text) => text],
  ["gzip of NDJSON", gunzip(ndjson()), (text) => new Uint8Array(gzipSync(text))],
  ["JSON", json(), (text) => `[${text.trim().replaceAll("\n", ",")}]`],
  [
    "ZIP of NDJSON",
    zip(ndjson()),
    (text) =>
      packed([
        { name: "a", data: text.slice(0, 9) },
        { name: "b", data: text.slice(9) },
      ]),
  ],
];

describe.each(kinds)("several files of %s", (_, decoder, write) => {
  const contents = [lines(0, 7), lines(7, 0), lines(7, 1), lines(8, 12)].map((text) => write(text));

  it("give one stream of records, in order", async () => {
    const { open } = severalFiles(contents, { decoder });
    const download = await open();
    expect(await all(download)).toEqual(ids(0, 20));
    expect(download.complete).toBe(true);
    expect(download.size).toBeUndefined();
  });

  it("resume after every record, whatever process asks", async () => {
    const { open } = severalFiles(contents, { decoder });
    for (let count = 0; count <= 20; count++) {
      const first: unknown[] = [];
      const download = await open();
      if (count > 0) for await (const record of download) if (first.push(record) === count) break;
      const rest = await open(download.checkpoint());
      expect([...first, ...(await all(rest))]).toEqual(ids(0, 20));
    }
  });

  it("resume after every batch", async () => {
    const { open } = severalFiles(contents, { decoder });
    for await (const { records, checkpoint } of (await open()).batches({ size: 3 })) {
      const rest = await all(await open(checkpoint));
      const last = records.at(-1) as { readonly id: number };
      expect(rest).toEqual(ids(last.id + 1, 20 - last.id - 1));
    }
  });
});

describe("each file", () => {
  it("has a URL of its own, signed again when it has expired", async () => {
    const { open, clock, events, located } = severalFiles([lines(0, 3), lines(3, 3), lines(6, 3)]);
    const found: unknown[] = [];
    for await (const record of await open()) {
      found.push(record);
      if (found.length === 3 || found.length === 6) await clock.sleep(120_000);
    }
    expect(found).toEqual(ids(0, 9));
    expect(located()).toBe(3);
    expect(events.filter(({ type }) => type === "refresh")).toHaveLength(2);
  });

  it("is located once for all, as long as the URLs are good", async () => {
    const { open, located, requests } = severalFiles([lines(0, 3), lines(3, 3), lines(6, 3)]);
    await all(await open());
    expect(located()).toBe(1);
    expect(requests.map(({ part }) => part)).toEqual([0, 1, 2]);
  });

  it("has a validator of its own: a broken one resumes, a changed one is refused", async () => {
    const contents = [lines(0, 3), lines(3, 300)];
    const bytes = utf8.encode(contents[1]);
    const right = severalFiles(contents, {
      answer(part, _, nth) {
        if (part !== 1 || nth > 2) return undefined;
        const body = new ReadableStream<Uint8Array>({
          start: (controller) => controller.enqueue(bytes.slice(0, 1_000)),
          pull: (controller) => controller.error(new TypeError("terminated")),
        });
        return new Response(body, { headers: { etag: '"1"', "content-length": String(bytes.length) } });
      },
    });
    expect(await all(await right.open())).toEqual(ids(0, 303));
    expect(right.requests.at(-1)?.headers.get("if-range")).toBe('"1"');
    const changed = severalFiles(contents);
    const download = await changed.open();
    let count = 0;
    for await (const _ of download) if (++count === 50) break;
    const checkpoint = download.checkpoint();
    const other = {
      ...checkpoint,
      artifact: { ...checkpoint.artifact, validator: { kind: "etag", value: '"x"' } },
    };
    expect(await rejectionOf(changed.open(other).then(all))).toMatchObject({ code: "ARTIFACT_CHANGED" });
  });

  it("that fails leaves a checkpoint with which the rest comes later", async () => {
    let isDown = true;
    const { open } = severalFiles([lines(0, 3), lines(3, 3)], {
      answer: (part) => (part === 1 && isDown ? new Response("", { status: 404 }) : undefined),
    });
    const download = await open();
    const found: unknown[] = [];
    const error = await rejectionOf(
      (async () => {
        for await (const record of download) found.push(record);
      })(),
    );
    expect(error).toMatchObject({ code: "ARTIFACT_MISSING" });
    expect(found).toEqual(ids(0, 3));
    isDown = false;
    expect(await all(await open(download.checkpoint()))).toEqual(ids(3, 3));
  });

  it("is named in what is said of a broken record, where it has a name", async () => {
    const { open } = severalFiles([lines(0, 2), 'x\n{"id":2}\n'], {
      locate: (part) => ({ fileName: `part-${part}.ndjson` }),
    });
    expect(await rejectionOf(open().then(all))).toMatchObject({
      code: "RECORD_INVALID",
      details: { record: 3, file: "part-1.ndjson", line: 1 },
    });
  });
});

describe("what signs the URL of a file, and the key that its store wants", () => {
  const words = (url: string, headers: Headers) => `no answer from ${url} with ${headers.get("x-key")}`;
  const ways: readonly (readonly [string, (text: string) => Response])[] = [
    [
      "a fetch",
      (text) => {
        throw new TypeError(text);
      },
    ],
    [
      "a body",
      (text) => new Response(new ReadableStream({ pull: (body) => body.error(new TypeError(text)) })),
    ],
  ];

  it.each(ways)("is not shown of the first of many, where %s fails with it", async (_, fail) => {
    const texts: string[] = [];
    const { open, shown } = severalFiles(Array<string>(1_000).fill(lines(0, 1)), {
      locate: (part) => ({
        url: `${store}/${part}?signature=canary-signature-${part}&until=${2 ** 45 + part}`,
        headers: { "x-key": `canary-key-${part}` },
      }),
      answer(_part, { url, headers }) {
        texts.push(words(url, headers));
        return fail(texts.at(-1) ?? "");
      },
    });
    const error = await rejectionOf(open().then(all));
    expect(texts[0]).toContain("canary-key-0");
    expect(error).toMatchObject({
      code: "NETWORK",
      cause: { message: expect.stringContaining("no answer") },
    });
    expect(`${visible(error)}${visible(shown)}`).not.toContain("canary");
  });
});

describe("the list of files", () => {
  it("may be empty: an export without records", async () => {
    const { open } = severalFiles([]);
    const download = await open();
    expect(await all(download)).toEqual([]);
    expect(download.complete).toBe(true);
    expect(await new Response((await open()).bytes()).text()).toBe("");
    expect(await all(await open(download.checkpoint()))).toEqual([]);
  });

  it("may be empty: then no record can have come again, however it is read", async () => {
    const { open } = severalFiles([], { decoder: { ...ndjson(), identify: () => "one" } });
    const raw = await open();
    await new Response(raw.bytes()).text();
    expect([raw.complete, raw.uncheckedRepeats]).toEqual([true, undefined]);
  });

  it("of one file is as one that stands alone", async () => {
    const { open } = severalFiles([lines(0, 4)]);
    const download = await open();
    expect(download.size).toBe(lines(0, 4).length);
    for await (const _ of download) break;
    expect(download.checkpoint().position).toEqual({ offset: 9, record: 1, line: 2 });
  });

  it("may not become another one while it is read, or before a checkpoint is used", async () => {
    const { open, clock } = severalFiles([lines(0, 3), lines(3, 3)], {
      count: (call) => (call === 1 ? 1 : 2),
    });
    const download = await open();
    const error = await rejectionOf(
      (async () => {
        for await (const _ of download) await clock.sleep(90_000);
      })(),
    );
    expect(error).toMatchObject({ code: "ARTIFACT_CHANGED" });
    const fewer = severalFiles([lines(0, 3), lines(3, 3)], { count: (call) => 2 - call });
    const first = await fewer.open();
    for await (const _ of first) break;
    expect(await rejectionOf(fewer.open(first.checkpoint()).then(all))).toMatchObject({
      code: "ARTIFACT_CHANGED",
    });
  });

  it.each([
    { part: -1 },
    { part: "1" },
    { inner: { offset: 0 } },
    { inner: undefined, start: undefined },
    { inner: undefined, start: 99 },
    { inner: undefined, start: -1 },
  ])("and a checkpoint that is damaged (%j) is refused", async (change) => {
    const { open } = severalFiles([lines(0, 3), lines(3, 3)]);
    const download = await open();
    for await (const _ of download) break;
    const checkpoint = download.checkpoint();
    const damaged = { ...checkpoint, position: { ...checkpoint.position, ...change } };
    expect(await rejectionOf(open(damaged).then(all))).toMatchObject({ code: "JOB_INVALID" });
  });
});

describe("bytes()", () => {
  const contents = ['{"id":0}\n{"id":1}', '{"id":2}\n', "", '{"id":3}'];
  const joined = '{"id":0}\n{"id":1}\n{"id":2}\n{"id":3}';

  it("of NDJSON gives one file behind the other, a line end between them", async () => {
    const { open } = severalFiles(contents);
    expect(await new Response((await open()).bytes()).text()).toBe(joined);
    const response = (await open()).toResponse();
    expect(response.headers.get("content-length")).toBeNull();
    expect(await response.text()).toBe(joined);
  });

  it("resumes behind every chunk", async () => {
    const { open } = severalFiles(contents);
    for (let count = 1; count < 6; count++) {
      const download = await open();
      const reader = download.bytes().getReader();
      let text = "";
      for (let index = 0; index < count; index++)
        text += new TextDecoder().decode((await reader.read()).value);
      const rest = await new Response((await open(download.checkpoint())).bytes()).text();
      expect(text + rest).toBe(joined);
      expect(download.checkpoint().position.offset).toBe(text.length);
    }
  });

  it.each([{ start: 99 }, { start: -1 }, { start: "0" }])(
    "refuses a checkpoint that is damaged (%j)",
    async (change) => {
      const { open } = severalFiles(contents);
      const download = await open();
      await download.bytes().getReader().read();
      const checkpoint = download.checkpoint();
      const damaged = { ...checkpoint, position: { ...checkpoint.position, ...change } };
      expect(await rejectionOf(open(damaged))).toMatchObject({
        code: "JOB_INVALID",
        details: { field: "position" },
      });
    },
  );

  it.each([
    ["CSV", csv(), "id\n1\n"],
    ["gzip", gunzip(ndjson()), new Uint8Array(gzipSync("{}\n"))],
    ["JSON", json(), "[]"],
  ])("of %s is not supported, and leaves the download to be read otherwise", async (_, decoder, content) => {
    const { open } = severalFiles([content, content], { decoder });
    const download = await open();
    for (const read of [() => download.bytes(), () => download.toResponse()])
      expect(read).toThrow(
        expect.objectContaining({ code: "NOT_SUPPORTED", message: expect.stringContaining("2 files") }),
      );
    expect(await new Response(download.encode("ndjson")).text()).not.toContain("undefined");
    const single = severalFiles([content], { decoder });
    expect((await new Response((await single.open()).bytes()).arrayBuffer()).byteLength).toBe(content.length);
  });
});

describe("headers that locate names", () => {
  const key = "canary-customer-key-0123456789";
  const locate = () => ({
    headers: { "X-Encryption-Key": key, accept: "text/csv", range: "bytes=5-", "Accept-Encoding": "br" },
  });

  it("go to the file's own URL, beside those of the engine, and are shown nowhere", async () => {
    const subject = severalFiles([lines(0, 2)], { locate });
    expect(await all(await subject.open())).toEqual(ids(0, 2));
    const sent = subject.requests[0]?.headers;
    expect(sent?.get("x-encryption-key")).toBe(key);
    expect(sent?.get("accept")).toBe("text/csv");
    expect(sent?.get("range")).toBeNull();
    expect(sent?.get("accept-encoding")).toBe("identity");
    expect(JSON.stringify([subject.events, subject.shown])).not.toContain(key);
  });

  it("follow a redirect within the origin, and none to another, not even back", async () => {
    const seen: [string, string | null][] = [];
    const hops = [`${store}/0?hop=1`, "https://elsewhere.example.test/0?hop=2", `${store}/0?until=9e15`];
    const { open } = severalFiles([lines(0, 2)], {
      locate,
      answer: (_, request) => {
        seen.push([new URL(request.url).origin, request.headers.get("x-encryption-key")]);
        const location = hops[seen.length - 1];
        return location === undefined
          ? undefined
          : new Response(null, { status: 302, headers: { location } });
      },
    });
    expect(await all(await open())).toEqual(ids(0, 2));
    expect(seen).toEqual([
      [store, key],
      [store, key],
      ["https://elsewhere.example.test", null],
      [store, null],
    ]);
  });

  it("that cannot be sent are refused without showing them", async () => {
    const bad = `${key}\nx: y`;
    const { open } = severalFiles([lines(0, 2)], { locate: () => ({ headers: { "x-key": bad } }) });
    const error = (await rejectionOf(open())) as Error;
    expect(error).toMatchObject({ code: "RESPONSE_INVALID" });
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain(key);
  });
});

describe.each([
  ["several files", (texts: readonly string[]) => severalFiles(texts, { decoder: csv() })],
  [
    "an archive",
    (texts: readonly string[]) => {
      const members = texts.map((data, at) => ({ name: `${at}.csv`, data }));
      return severalFiles([packed(members)], { decoder: zip(csv()) });
    },
  ],
])("CSV of %s", (_, source) => {
  const text = async (download: Awaited<ReturnType<ReturnType<typeof source>["open"]>>, options = {}) =>
    new Response(download.encode("csv", options)).text();

  it("whose columns differ loses none: a record without a place for its cells is told of", async () => {
    const run = source([
      "id,name\n1,a\n",
      "name,id\nb,2\n",
      "id\n3\n",
      "id,email\n4,d@x\n",
      "id,name\n5,e\n",
    ]);
    expect(await rejectionOf(text(await run.open()))).toMatchObject({
      code: "RECORD_INVALID",
      message: expect.stringContaining('columns that the first file or page does not have ("email")'),
      details: { record: 4 },
    });
    const issues: unknown[] = [];
    const onInvalid = (issue: unknown) => void issues.push(issue);
    expect(await text(await run.open(), { onInvalid })).toBe("id,name\n1,a\n2,b\n3,\n5,e\n");
    expect(issues).toMatchObject([{ message: expect.stringContaining("email"), position: { record: 4 } }]);
  });

  it("has the columns that are asked for, whichever of them names these", async () => {
    const run = source(["id,name\n1,a\n", "id,email\n2,b@x\n"]);
    const columns = ["id", "email"];
    expect(await text(await run.open(), { columns })).toBe("id,email\n1,\n2,b@x\n");
    const download = await run.open();
    expect(await text(download, { columns: ["id", "mail"] })).toBe("id,mail\n1,\n2,\n");
    expect(download.emptyColumns).toEqual(["mail"]);
  });

  it("tells of such a record after a checkpoint, too", async () => {
    const run = source(["id,name\n1,a\n", "id,email\n2,b@x\n3,c@x\n"]);
    const first = await run.open();
    const reader = first.encode("csv", { onInvalid: "skip" }).getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("id,name\n1,a\n");
    const checkpoint = first.checkpoint();
    await reader.cancel();
    expect(await rejectionOf(text(await run.open(checkpoint)))).toMatchObject({ code: "RECORD_INVALID" });
  });
});
