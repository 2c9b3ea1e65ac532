import type { Checkpoint, ExportError, RecordIssue } from "exportkit";
import { csv, ndjson, type RecordDecoder } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { scriptedStore } from "../artifact/scripted-store.js";
import { serving } from "../artifact/store-answers.js";
import { entries, open as openListing, pagesOf } from "../pages/listing-provider.js";

type Encode = { readonly encode: (format: "ndjson" | "csv", options: object) => ReadableStream<Uint8Array> };

const cycle: { self?: unknown } = {};
cycle.self = cycle;
const throwing = {
  toJSON() {
    throw new Error("no");
  },
};

/** Records as an adapter may make them: `map` puts what no format can hold in the place of a name. */
const faulty: { readonly [name: string]: unknown } = { cycle, throwing };
const withFaults = (value: unknown) => {
  const { id, fault } = value as { readonly id: number; readonly fault?: string };
  return { id, ...(fault !== undefined && { fault: faulty[fault] }) };
};

function opened(text: string, decoder: RecordDecoder<unknown> = ndjson({ map: withFaults })) {
  const store = scriptedStore(serving(new TextEncoder().encode(text)), { decoder });
  return (checkpoint?: Checkpoint) => store.open({ checkpoint });
}

/** Everything that came, and what it ended with. */
async function read(download: Encode, format: "ndjson" | "csv", options: object = {}) {
  let text = "";
  try {
    for await (const chunk of download.encode(format, options) as unknown as AsyncIterable<Uint8Array>) {
      text += new TextDecoder().decode(chunk);
    }
  } catch (error) {
    return { text, error: error as ExportError };
  }
  return { text, error: undefined };
}

const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
const lines = `{"id":1}\n\n  \n{"id":2,"fault":"cycle"}\n{"id":3}\n{"id":4,"fault":"throwing"}\n`;

describe("a record that cannot be encoded", () => {
  for (const format of ["ndjson", "csv"] as const) {
    it(`does not hold back those before it, and can be passed over from the checkpoint on (${format})`, async () => {
      const open = opened(lines);
      const first = await open();
      const begun = await read(first, format);
      expect(begun.text).toBe(format === "csv" ? "id,_extra\n1,\n" : '{"id":1}\n');
      expect(begun.error).toMatchObject({
        code: "RECORD_INVALID",
        message: expect.stringMatching(/record 2 on line 4 cannot be encoded: it holds a cycle/),
        details: { record: 2, line: 4, byte: 13 },
      });
      const checkpoint: Checkpoint = JSON.parse(JSON.stringify(first.checkpoint()));
      const again = await read(await open(checkpoint), format);
      expect(again).toMatchObject({ text: "", error: { details: { record: 2, line: 4 } } });
      const rest = await read(await open(checkpoint), format, { onInvalid: "skip" });
      expect(rest).toEqual({ text: format === "csv" ? "3,\n" : '{"id":3}\n', error: undefined });
    });

    it(`is told to a function with its position, and the rest comes (${format})`, async () => {
      const issues: RecordIssue[] = [];
      const download = await opened(lines)();
      const { text, error } = await read(download, format, {
        onInvalid: (issue: RecordIssue) => issues.push(issue),
      });
      expect(error).toBeUndefined();
      expect(text).toBe(format === "csv" ? "id,_extra\n1,\n3,\n" : '{"id":1}\n{"id":3}\n');
      expect(issues).toMatchObject([
        { message: expect.stringContaining("cycle"), position: { record: 2, line: 4, byte: 13 } },
        { message: expect.stringContaining("toJSON"), position: { record: 4, line: 6 } },
      ]);
      expect(download.checkpoint().position).toMatchObject({ record: 4, offset: lines.length });
    });
  }

  it("may be one that is nested too deep, and says so", async () => {
    const issues: RecordIssue[] = [];
    const text = `{"a":1}\n{"a":${deep}}\n{"a":2}\n`;
    const options = { onInvalid: (issue: RecordIssue) => issues.push(issue), columns: ["a"] };
    const download = await opened(text, ndjson())();
    expect(await read(download, "csv", options)).toEqual({ text: "a\n1\n2\n", error: undefined });
    expect(issues).toMatchObject([{ message: expect.stringMatching(/nested/), position: { line: 2 } }]);
  });

  it("leaves no trace where it is the first", async () => {
    const open = opened(
      '{"id":1,"fault":"cycle"}\n{"id":2,"fault":null,"late":3}\n',
      ndjson({ map: firstOdd }),
    );
    const { text } = await read(await open(), "csv", { onInvalid: "skip" });
    expect(text).toBe("id,late,_extra\n2,3,\n");
  });

  it("is fine where its column is not asked for", async () => {
    const { text, error } = await read(await opened(lines)(), "csv", { columns: ["id"] });
    expect({ text, error }).toEqual({ text: "id\n1\n2\n3\n4\n", error: undefined });
  });

  it("has its row in a CSV file, and its ordinal where a decoder tells no more", async () => {
    const rows = csv({
      prepare:
        () =>
        ([id, fault = ""]) => ({ id, fault: faulty[fault] ?? fault }),
    });
    const text = 'id,fault\n1,"a\nb"\n2,cycle\n3,c\n';
    const told: RecordIssue[] = [];
    const onInvalid = (issue: RecordIssue) => told.push(issue);
    expect((await read(await opened(text, rows)(), "ndjson", { onInvalid })).text).toBe(
      '{"id":"1","fault":"a\\nb"}\n{"id":"3","fault":"c"}\n',
    );
    const plain: RecordDecoder<unknown> = {
      ...rows,
      async *decode(artifact, options) {
        for await (const batch of rows.decode(artifact, options)) {
          yield { entries: batch.entries, stateAfter: (index) => batch.stateAfter(index) };
        }
      },
    };
    await read(await opened(text, plain)(), "ndjson", { onInvalid });
    expect(told.map(({ position }) => position)).toEqual([{ record: 2, line: 4, byte: 17 }, { record: 2 }]);
  });

  it("has its page and place in a listing", async () => {
    const list = entries(5);
    list[3] = { id: "e3", cycle };
    const listing = {
      fetchPage: async (cursor: Parameters<ReturnType<typeof pagesOf>>[0]) => pagesOf(list, 2)(cursor),
    };
    const begun = await read(await openListing(listing), "ndjson");
    expect(begun.text).toBe('{"id":"e0"}\n{"id":"e1"}\n{"id":"e2"}\n');
    expect(begun.error).toMatchObject({
      code: "RECORD_INVALID",
      message: expect.stringContaining("item 1 of page 2 cannot be encoded"),
      details: { record: 4, page: 2, index: 1 },
    });
    const rest = await read(await openListing(listing), "csv", { onInvalid: "skip" });
    expect(rest).toEqual({ text: "id,_extra\ne0,\ne1,\ne2,\ne4,\n", error: undefined });
  });
});

describe("a record that cannot be read", () => {
  it("does not hold back those before it either", async () => {
    const open = opened('{"id":1}\n{"id":2}\nbroken\n{"id":3}\n');
    const download = await open();
    const { text, error } = await read(download, "ndjson");
    expect(text).toBe('{"id":1}\n{"id":2}\n');
    expect(error).toMatchObject({ code: "RECORD_INVALID", details: { record: 3, line: 3 } });
    const rest = await read(await open(download.checkpoint()), "ndjson", { onInvalid: "skip" });
    expect(rest.text).toBe('{"id":3}\n');
  });

  it("does not hold back those before it where the function throws", async () => {
    const download = await opened('{"id":1}\nbroken\n{"id":2}\n')();
    const enough = new Error("enough");
    const onInvalid = () => {
      throw enough;
    };
    const { text, error } = await read(download, "csv", { onInvalid });
    expect(text).toBe("id,_extra\n1,\n");
    expect(error).toBe(enough);
    expect(download.checkpoint().position).toMatchObject({ record: 1 });
  });
});

function firstOdd(value: unknown): unknown {
  const { fault, ...record } = value as { readonly fault: unknown };
  return fault === "cycle" ? { fault: cycle } : record;
}
