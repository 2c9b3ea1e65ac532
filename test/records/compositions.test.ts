import { gzipSync } from "node:zlib";
import { csv, gunzip, ndjson, type RecordDecoder, xlsx, zip } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import fc from "../support/fast-check.js";
import { runs } from "../support/runs.js";
import { decodeAll, recordsOf, textArtifact } from "./text-artifact.js";
import { xlsx as workbook } from "./xlsx/workbook-writer.js";
import { memoryArtifact } from "./zip/memory-artifact.js";
import { noise } from "./zip/noise.js";
import { concat, zip as packed, unicodePath } from "./zip/zip-writer.js";

const utf8 = new TextEncoder();
const gz = (...contents: readonly Uint8Array[]) =>
  concat(contents.map((content) => new Uint8Array(gzipSync(content))));

/** The content of a member in some format, with records of the numbers given; broken ones among them. */
interface Format {
  readonly decoder: RecordDecoder<unknown>;
  readonly name: string;
  write(ids: readonly number[]): Uint8Array;
}

const lines = (ids: readonly number[]) =>
  utf8.encode(
    ids.map((id) => (id % 7 === 0 ? "broken\n" : `${JSON.stringify({ id, text: `é${id}` })}\n`)).join(""),
  );
const rows = (ids: readonly number[]) =>
  utf8.encode(`id,text\n${ids.map((id) => (id % 7 === 0 ? "broken\n" : `${id},"é\n${id}"\n`)).join("")}`);
const book = (ids: readonly number[]) =>
  workbook({
    sheets: [
      {
        name: "s",
        rows: [["id"], ...ids.map((id) => [id % 7 === 0 ? { xml: "<c><v>broken</v></c>" } : id])],
      },
    ],
  });

const formats: { readonly [name: string]: Format } = {
  "zip(ndjson())": { decoder: zip(ndjson()), name: "ndjson", write: lines },
  "zip(csv())": { decoder: zip(csv()), name: "csv", write: rows },
  "zip(xlsx())": { decoder: zip(xlsx()), name: "xlsx", write: book },
  "zip(gunzip(ndjson()))": {
    decoder: zip(gunzip(ndjson())),
    name: "ndjson.gz",
    write: (ids) => gz(lines(ids.slice(0, 2)), lines(ids.slice(2))),
  },
  "zip(zip(csv()))": {
    decoder: zip(zip(csv())),
    name: "zip",
    write: (ids) => packed([{ name: "inner.csv", data: rows(ids), method: 8 }]),
  },
};

const archive = (format: Format) =>
  fc
    .record({
      members: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 4 }),
      methods: fc.array(fc.constantFrom(0, 8), { minLength: 4, maxLength: 4 }),
      descriptor: fc.boolean(),
    })
    .map(({ members, methods, descriptor }) => {
      let next = 1;
      const files = members.map((count, index) => {
        const ids = Array.from({ length: count }, () => next++);
        return { name: `${index}.${format.name}`, ids };
      });
      const bytes = packed(
        files.map(({ name, ids }, index) => ({
          name,
          data: format.write(ids),
          method: methods[index] ?? 8,
          descriptor,
        })),
      );
      return { files, bytes };
    });
const reading = fc.record({
  ranges: fc.boolean(),
  chunk: fc.integer({ min: 1, max: 400 }),
  validated: fc.boolean(),
});

describe.each(Object.entries(formats))("%s", (_, format) => {
  const { decoder } = format;

  it("hands over the records of all members, in order, each with its place", async () => {
    await fc.assert(
      fc.asyncProperty(archive(format), reading, async ({ files, bytes }, how) => {
        const { outcomes, states, failure } = await decodeAll(decoder, memoryArtifact(bytes, how));
        expect(failure).toBeUndefined();
        const expected = files.flatMap(({ name, ids }) => ids.map((id) => ({ id, name })));
        expect(states.map(({ record }) => record)).toEqual(expected.map((_, index) => index + 1));
        expect(outcomes).toHaveLength(expected.length);
        for (const [index, outcome] of outcomes.entries()) {
          const { id = 0, name = "" } = expected[index] ?? {};
          if ("invalid" in outcome) {
            expect(id % 7).toBe(0);
            expect(outcome.invalid.position.record).toBe(index + 1);
            expect(outcome.invalid.position.file?.split("/")[0]).toBe(name);
          } else expect(JSON.stringify(outcome.record)).toContain(String(id));
        }
      }),
      { numRuns: runs(10) },
    );
  });

  it("resumes after every record with exactly the rest, proven by its content", async () => {
    await fc.assert(
      fc.asyncProperty(archive(format), reading, async ({ bytes }, how) => {
        const whole = await decodeAll(decoder, memoryArtifact(bytes));
        for (const [index, state] of whole.states.entries()) {
          expect(decoder.proves?.(state)).toBe(true);
          const rest = await decodeAll(decoder, memoryArtifact(bytes, how), { state });
          expect(rest.outcomes).toEqual(whole.outcomes.slice(index + 1));
          expect(rest.states.map(({ record, file }) => [record, file])).toEqual(
            whole.states.slice(index + 1).map(({ record, file }) => [record, file]),
          );
        }
      }),
      { numRuns: runs(6) },
    );
  });

  it("is never wrong in silence, whatever is cut off or damaged", async () => {
    await fc.assert(
      fc.asyncProperty(
        archive(format),
        fc.nat(),
        fc.nat(7),
        fc.boolean(),
        async ({ bytes }, place, bit, isCut) => {
          const at = place % bytes.length;
          const damaged = isCut ? bytes.slice(0, at) : bytes.slice();
          if (!isCut) damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
          const whole = await decodeAll(decoder, memoryArtifact(bytes));
          const found = await decodeAll(decoder, memoryArtifact(damaged));
          if (found.failure === undefined) {
            // Times, attributes and names of members say nothing about the records; those are in the positions.
            const bare = ({ outcomes }: typeof whole) =>
              JSON.stringify(outcomes).replaceAll(/"file":"[^"]*"|(?<=in )\S+/g, "");
            expect(bare(found)).toEqual(bare(whole));
          } else expect(found.failure).toMatchObject({ operation: "decode" });
        },
      ),
      { numRuns: runs(20) },
    );
  });
});

describe("zip()", () => {
  const text = (value: string) => utf8.encode(value);

  it("reads the members it is told to, and never folders or notes of macOS", async () => {
    const bytes = packed([
      { name: "reports/", data: new Uint8Array(0), method: 0 },
      { name: "reports/a.csv", data: text("id\n1\n"), method: 8 },
      { name: "reports/about.txt", data: text("About this export."), method: 8 },
      { name: "__MACOSX/reports/._a.csv", data: noise(90), method: 8 },
      { name: "reports/._b.csv", data: noise(90), method: 8 },
      { name: "reports/~$a.csv", data: noise(165), method: 8 },
      { name: "b.csv", data: text("id\n2\n"), method: 0 },
    ]);
    const named = zip(csv(), { members: (name) => name.endsWith(".csv") });
    expect(await recordsOf(named, memoryArtifact(bytes))).toEqual([{ id: "1" }, { id: "2" }]);
    // Without a word about it everything is data: nothing is passed over in silence.
    const { failure } = await decodeAll(zip(csv()), memoryArtifact(bytes));
    expect(failure).toMatchObject({
      code: "DECODE_FAILED",
      message: expect.stringContaining("reports/about.txt"),
      details: { file: "reports/about.txt", line: 1 },
    });
  });

  it.each([
    ["becomes a folder of another name", "users.xlsx", "users/xlsx"],
    ["becomes a folder", "users.xlsx", "users.xls/"],
    ["loses its format", "users.xlsx", "users.xlsy"],
    ["becomes a note of macOS", "a/-u.xlsx", "a/._.xlsx"],
  ])("never passes over a member whose name %s in the directory alone", async (_, name, damaged) => {
    const bytes = packed([
      { name, data: book([1, 2]), method: 8 },
      { name: "more.xlsx", data: book([3]), method: 8 },
    ]);
    bytes.set(utf8.encode(damaged), Buffer.from(bytes).lastIndexOf(name));
    const { failure, outcomes } = await decodeAll(zip(xlsx()), memoryArtifact(bytes));
    expect(failure).toMatchObject({ code: "DECODE_FAILED", message: expect.stringContaining("directory") });
    expect(outcomes).toEqual([]);
  });

  it.each([
    ["by its format", zip(xlsx()), "users.xlsx", "users.xlsy"],
    ["by the caller's choice", zip(csv(), { members: (name) => name.endsWith(".csv") }), "u.csv", "u.csw"],
    ["by a function", zip((name) => (name.endsWith(".csv") ? csv() : undefined)), "u.csv", "u,csv"],
  ])("never passes over, %s, what one of its two names says to read", async (_, decoder, name, damaged) => {
    const content = name.endsWith("xlsx") ? book([1, 2]) : text("id\n1\n");
    const raw = new Uint8Array([0x82, ...utf8.encode(name)]);
    const bytes = packed([
      { name: raw, flags: 0, data: content, extra: unicodePath(`é${name}`, raw) },
      { name: `more-${name}`, data: content },
    ]);
    const failureOf = async (file: Uint8Array, ranges: boolean) =>
      (await decodeAll(decoder as RecordDecoder<unknown>, memoryArtifact(file, { ranges }))).failure;
    for (const ranges of [true, false]) {
      expect(await failureOf(bytes, ranges)).toBeUndefined();
      for (const [found, before] of [
        [`é${name}`, 2],
        [`more-${name}`, 5],
      ] as const) {
        const changed = bytes.slice();
        changed.set(utf8.encode(damaged), Buffer.from(changed).lastIndexOf(found) + before);
        expect(await failureOf(changed, ranges)).toMatchObject({ code: "DECODE_FAILED" });
      }
    }
  });

  it("asks nobody for members that it passes over, so that few requests reach the first record", async () => {
    const bytes = packed([
      ...Array.from({ length: 60 }, (_, index) => ({
        name: `${index}.bin`,
        data: noise(300_000),
        method: 0,
      })),
      { name: "users.ndjson", data: lines([1, 2]), method: 8 },
    ]);
    const artifact = memoryArtifact(bytes);
    const chosen = zip(ndjson(), { members: (name) => name.endsWith(".ndjson") });
    expect(await recordsOf(chosen, artifact)).toHaveLength(2);
    expect(artifact.requests.length).toBeLessThan(4);
  });

  it("does not mind how a member that nobody reads is called where it stands", async () => {
    const bytes = packed([
      { name: "docs/readme.txt", data: text("hello"), method: 0 },
      { name: "users.ndjson", data: lines([1, 2]), method: 8 },
    ]);
    bytes.set(utf8.encode("docs\\readme.txu"), Buffer.from(bytes).indexOf("docs/readme.txt"));
    const chosen = zip(ndjson(), { members: (name) => name.endsWith(".ndjson") });
    expect(await recordsOf(chosen, memoryArtifact(bytes))).toHaveLength(2);
  });

  it("chooses a decoder by the member's name, so that records can carry it", async () => {
    const bytes = packed([
      { name: "users.csv", data: text("id\n1\n"), method: 8 },
      { name: "groups.ndjson", data: text('{"id":"2"}\n'), method: 8 },
      { name: "manifest.json", data: text('{"files":2}'), method: 8 },
    ]);
    const decoder = zip<object>((file) => {
      if (file.endsWith(".ndjson")) return ndjson({ map: (value) => ({ ...(value as object), file }) });
      if (file.endsWith(".csv"))
        return csv({
          prepare:
            () =>
            ([id]) => ({ id, file }),
        });
      return undefined;
    });
    expect(await recordsOf(decoder, memoryArtifact(bytes))).toEqual([
      { id: "1", file: "users.csv" },
      { id: "2", file: "groups.ndjson" },
    ]);
    const whole = await decodeAll(decoder, memoryArtifact(bytes));
    expect(whole.states.map((state) => decoder.proves?.(state))).toEqual([true, true]);
    const rest = await decodeAll(decoder, memoryArtifact(bytes), { state: whole.states[0] });
    expect(rest.outcomes).toEqual(whole.outcomes.slice(1));
  });

  it.each([
    ["no member at all", packed([])],
    ["folders alone", packed([{ name: "a/", data: new Uint8Array(0), method: 0 }])],
  ])("with %s is refused, for that is no empty export", async (_, bytes) => {
    const { failure } = await decodeAll(zip(csv()), memoryArtifact(bytes));
    expect(failure).toMatchObject({ code: "DECODE_FAILED" });
  });

  it("refuses a checkpoint of another archive, though lengths and names are the same", async () => {
    for (const method of [0, 8]) {
      const of = (mark: string) =>
        packed([{ name: "a.csv", data: text(`id\n${`${mark}\n`.repeat(300)}`), method }]);
      const { states } = await decodeAll(zip(csv()), memoryArtifact(of("1")));
      const other = memoryArtifact(of("2"), { validated: false });
      const { failure, outcomes } = await decodeAll(zip(csv()), other, { state: states[150] });
      expect(failure).toMatchObject({ code: "ARTIFACT_CHANGED" });
      expect(outcomes).toEqual([]);
    }
  });

  it("tells columns again for each member, and which one a fault is in", async () => {
    const bytes = packed([
      { name: "a.csv", data: text("a,b\n1,2\n"), method: 8 },
      { name: "b.csv", data: text('c\n"3\n'), method: 8 },
    ]);
    const columns: (readonly string[])[] = [];
    const batches = zip(csv()).decode(memoryArtifact(bytes), {
      maxBufferedBytes: 1000,
      onColumns: (names) => columns.push(names),
    });
    await expect(async () => {
      for await (const _ of batches);
    }).rejects.toMatchObject({
      code: "DECODE_FAILED",
      message: expect.stringContaining("b.csv"),
      details: { file: "b.csv", record: 2 },
    });
    expect(columns).toEqual([["a", "b"], ["c"]]);
  });

  it("bounds what it unfolds to, by ratio and in all, over everything within", async () => {
    const zeros = packed([{ name: "a.ndjson", data: new Uint8Array(5_000_000), method: 8 }]);
    const steep = await decodeAll(zip(ndjson()), memoryArtifact(zeros), { maxBufferedBytes: 1e8 });
    expect(steep.failure).toMatchObject({ code: "LIMIT_EXCEEDED" });
    const many = packed(
      ["a", "b", "c"].map((name) => ({ name, data: text("{}\n".repeat(10_000)), method: 8 })),
    );
    const total = await decodeAll(zip(ndjson(), { maxInflatedBytes: 70_000 }), memoryArtifact(many));
    expect(total.failure).toMatchObject({ code: "LIMIT_EXCEEDED" });
    expect(total.outcomes.length).toBeLessThan(30_000);
    const nested = packed([{ name: "b.zip", data: zeros, method: 8 }]);
    const inner = await decodeAll(zip(zip(ndjson())), memoryArtifact(nested), { maxBufferedBytes: 1e8 });
    expect(inner.failure).toMatchObject({ code: "LIMIT_EXCEEDED" });
    const held = await decodeAll(zip(zip(ndjson()), { memoryBytes: 100 }), memoryArtifact(nested));
    expect(held.failure).toMatchObject({ code: "LIMIT_EXCEEDED" });
  });

  it.each(["memoryBytes", "maxRatio", "maxInflatedBytes"])("%s has to be a number above 0", (name) => {
    for (const make of [() => zip(csv(), { [name]: -1 }), () => xlsx({ [name]: "1" as unknown as number })]) {
      expect(make).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
    }
  });
});

describe("xlsx()", () => {
  it("reads one workbook, and resumes in it", async () => {
    const file = book([1, 2, 3, 4, 5]);
    for (const ranges of [true, false]) {
      const whole = await decodeAll(xlsx(), memoryArtifact(file, { ranges, fileName: "report.xlsx" }));
      expect(whole.outcomes[0]).toMatchObject({
        record: { file: "report.xlsx", sheet: "s", values: { id: 1 } },
      });
      expect(whole.outcomes).toHaveLength(5);
      for (const [index, state] of whole.states.entries()) {
        expect(xlsx().proves?.(state)).toBe(true);
        const rest = await decodeAll(xlsx(), memoryArtifact(file, { ranges, fileName: "report.xlsx" }), {
          state,
        });
        expect(rest.outcomes).toEqual(whole.outcomes.slice(index + 1));
      }
    }
  });

  it("may be compressed as a whole", async () => {
    const file = gz(book([1, 2, 3]));
    const whole = await decodeAll(gunzip(xlsx()), textArtifact(file, [50]));
    expect(whole.outcomes).toHaveLength(3);
    const rest = await decodeAll(gunzip(xlsx()), textArtifact(file), { state: whole.states[1] });
    expect(rest.outcomes).toEqual(whole.outcomes.slice(2));
  });
});
