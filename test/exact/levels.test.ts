import { createExportClient, type ExportError, type RecordIssue } from "exportkit";
import { csv, json, ndjson, parseJson, type RecordDecoder } from "exportkit/provider";
import { zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";
import { openCase, openFile } from "../cases/open-case.js";
import { idsOf, open } from "../pages/listing-provider.js";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";

/** So many levels: objects and lists by turns. */
function nested(levels: number): string {
  const opened = Array.from({ length: levels }, (_, level) => (level % 2 === 0 ? '{"x":' : "["));
  const closed = Array.from({ length: levels }, (_, level) => (level % 2 === 0 ? "}" : "]")).reverse();
  return [...opened, "1e400", ...closed].join("");
}

const texts: readonly (readonly [string, RecordDecoder<unknown>, (records: readonly string[]) => string])[] =
  [
    ["NDJSON", ndjson(), (records) => `${records.join("\n")}\n`],
    ["a JSON list", json(), (records) => `[${records.join(",")}]`],
    ["a list in a JSON document", json({ path: "a" }), (records) => `{"b":${nested(600)},"a":[${records}]}`],
  ];

const reads = ["records", "ndjson", "csv"] as const;

describe.each(texts)("a record of %s", (_, decoder, textOf) => {
  it("may have 512 levels", async () => {
    const record = nested(512);
    const download = await openFile(decoder, { text: textOf([record]) });
    expect(await new Response(download.encode("ndjson")).text()).toBe(`${record}\n`);
    const again = await openFile(decoder, { text: textOf([record]) });
    expect(await new Response(again.encode("csv")).text()).toContain('"[{""x"":[');
    for await (const found of await openFile(decoder, { text: textOf([record]) })) {
      let value: unknown = found;
      while (typeof value === "object" && value !== null) value = Object.values(value)[0];
      expect(value).toBe("1e400");
    }
  });

  it.each(reads)("with more levels is broken, by its position, and the others come (%s)", async (read) => {
    for (const [levels, inOneChunk] of [
      [513, false],
      [513, true],
      [20_000, true],
    ] as const) {
      const text = textOf(['{"x":1}', nested(levels), '{"x":2}']);
      const settings = inOneChunk ? { fetch: async () => new Response(text) } : {};
      const issues: RecordIssue[] = [];
      const onInvalid = (issue: RecordIssue) => issues.push(issue);
      const download = await openFile(decoder, { text }, settings);
      const found: unknown[] = [];
      if (read === "records") for await (const record of download.records({ onInvalid })) found.push(record);
      else found.push(await new Response(download.encode(read, { onInvalid })).text());
      const all = {
        records: [{ x: 1 }, { x: 2 }],
        ndjson: ['{"x":1}\n{"x":2}\n'],
        csv: ["x,_extra\n1,\n2,\n"],
      };
      expect(found).toEqual(all[read]);
      expect(issues).toMatchObject([
        { message: expect.stringMatching(/nested deeper than 512 levels/), position: { record: 2 } },
      ]);
      const refused = await openFile(decoder, { text }, settings);
      const taken = read === "records" ? refused.records() : refused.encode(read);
      expect(await rejection(collect(taken as AsyncIterable<unknown>))).toMatchObject({
        code: "RECORD_INVALID",
        details: { record: 2 },
      });
    }
  });

  it("is not passed by a checkpoint before it was told", async () => {
    const text = textOf(['{"x":1}', nested(600), '{"x":2}']);
    const download = await openFile(decoder, { text });
    for await (const _record of download) break;
    const { position } = download.checkpoint();
    expect(position).toMatchObject({ record: 1 });
  });
});

describe("an item of a page", () => {
  it("with more levels than 512 is broken, and no other on its page", async () => {
    const pages = [
      `{"items":[{"id":"1"},${nested(20_000)},{"id":"2"}],"next":{"page":2}}`,
      `{"items":[{"id":"3"}]}`,
    ];
    const opened = () =>
      open({
        records: { identify: ({ id }) => id },
        fetchPage: async (cursor, context) => {
          const url = `https://listing.example/${cursor?.page ?? 1}`;
          return (await context.request({ method: "GET", url })).json as never;
        },
        fetch: async (input) => new Response(pages[Number(String(input).at(-1)) - 1]),
      });
    const issues: RecordIssue[] = [];
    const ids: string[] = [];
    const onInvalid = (issue: RecordIssue) => issues.push(issue);
    for await (const { id } of (await opened()).records({ onInvalid })) ids.push(id);
    expect(ids).toEqual(["1", "2", "3"]);
    expect(issues).toMatchObject([
      { message: "The item is nested deeper than 512 levels.", position: { page: 1, index: 1 } },
    ]);
    expect(await rejection(idsOf(await opened()))).toMatchObject({ code: "RECORD_INVALID" });
  });

  it("may have 512 levels below those of the page", async () => {
    const user = `{"user":{"user_id":"1","attributes":${nested(510)}}}`;
    const found = {
      name: "",
      through: "zephr",
      pages: [{ text: `{"results":[[${user}]]}` }],
      checks: [],
    } as const;
    expect(await new Response((await openCase(found, {})).bytes()).text()).toBe(`${user}\n`);
    expect(await new Response((await openCase(found, {})).encode("ndjson")).text()).toBe(`${user}\n`);
  });

  it("of Zephr's with more is told of wherever it is read", async () => {
    const users = [`{"user":{"user_id":"1"}}`, `{"user":{"user_id":"2","attributes":${nested(600)}}}`];
    const found = { name: "", through: "zephr", pages: [{ text: `[${users}]` }], checks: [] } as const;
    for (const read of ["bytes", "ndjson", "csv"] as const) {
      const download = await openCase(found, {});
      const taken = read === "bytes" ? download.bytes() : download.encode(read);
      expect(await rejection(new Response(taken).text())).toMatchObject({
        code: "RECORD_INVALID",
        details: { page: 1, index: 1 },
      });
    }
  });
});

describe("JSON in a cell", () => {
  it("of Authgear's with more levels than 512 makes its row broken", async () => {
    const cell = (levels: number) => `"${nested(levels).replaceAll('"', '""')}"`;
    const found = {
      name: "",
      through: "authgear-csv",
      request: { fields: ["/sub", "/custom_attributes"] },
      file: { text: `sub,custom_attributes\nu1,${cell(511)}\nu2,${cell(513)}\nu3,{}\n` },
      checks: [],
    } as const;
    const issues: RecordIssue[] = [];
    const text = (await openCase(found, {})).encode("csv", {
      onInvalid: (issue: RecordIssue) => issues.push(issue),
    });
    expect((await new Response(text).text()).split("\n").map((line) => line.slice(0, 2))).toEqual([
      "su",
      "u1",
      "u3",
      "",
    ]);
    expect(issues).toMatchObject([
      {
        message: expect.stringMatching(/custom_attributes .*nested too deep/),
        position: { record: 2, line: 3 },
      },
    ]);
  });

  it("of a provider's own is refused by parseJson", async () => {
    expect(() => parseJson(nested(513))).toThrow("nested deeper than 512 levels");
    const decoder = csv({
      prepare:
        () =>
        ([cell = ""]) => ({ value: parseJson(cell) }),
    });
    const text = `a\n"${nested(600).replaceAll('"', '""')}"\n1\n`;
    const records: unknown[] = [];
    for await (const record of (await openFile(decoder, { text })).records({ onInvalid: "skip" }))
      records.push(record);
    expect(records).toEqual([{ value: 1 }]);
  });
});

describe("a request", () => {
  const client = createExportClient({
    providers: { readers: zephr({ tenantId: "news", accessKey: "AK", secretKey: "s3cr3t" }) },
    fetch: async () => {
      throw new Error("nothing may be sent");
    },
  });
  const twice: { [key: string]: unknown } = {};
  twice.left = twice;
  twice.right = [twice, twice];
  let shared: object = {};
  for (let level = 0; level < 40; level++) shared = { left: shared, right: shared };

  it.each<[string, unknown, RegExp]>([
    ["with more levels", JSON.parse(nested(600)), /nested deeper than 512 levels/],
    ["with very many levels", JSON.parse(nested(50_000)), /nested deeper than 512 levels/],
    ["that holds itself in two places", twice, /holds itself/],
    ["with one value in very many places", shared, /too many values/],
  ])("%s is refused", async (_, value, message) => {
    const error = await rejection<ExportError>(client.startExport("readers", { appIds: value } as never));
    expect(error).toMatchObject({ code: "REQUEST_INVALID" });
    expect(error.message).toMatch(message);
  });

  it.each([600, 50_000])("of a stored job with %i levels is refused", async (levels) => {
    const job = {
      version: 1,
      connection: "readers",
      provider: "zephr",
      id: "1",
      status: "succeeded",
      polls: 0,
    };
    const times = { createdAt: "2026-11-07T21:06:24Z", updatedAt: "2026-11-07T21:06:24Z", retryAfterMs: 0 };
    const parse = () => client.parseJob({ ...job, ...times, request: JSON.parse(nested(levels)) });
    expect(parse).toThrow(expect.objectContaining({ code: "JOB_INVALID" }));
    expect(parse).toThrow(/nested deeper than 512 levels/);
  });
});
