import { describe, expect, it } from "vitest";
import { openArtifact } from "../../../src/records/zip/artifact-source.js";
import { openArchive } from "../../../src/records/zip/directory.js";
import { MemoryBudget } from "../../../src/records/zip/memory-budget.js";
import { readReport } from "../../cases/read-report.js";
import { codeOf } from "../xlsx/decode.js";
import { workbookMembers, xlsx } from "../xlsx/workbook-writer.js";
import { memoryArtifact } from "./memory-artifact.js";
import { archiveOf, unzip } from "./read-archive.js";
import { type ArchiveOptions, concat, type Member, toBytes, zip } from "./zip-writer.js";

const members: readonly Member[] = [
  { name: "a.txt", data: "first" },
  { name: "b.txt", data: "second", method: 0 },
  { name: "a-rather-long-name.txt", data: "third" },
];
const content = { "a.txt": "first", "b.txt": "second", "a-rather-long-name.txt": "third" };
const entry = (name: string) => 46 + name.length;
const prefix = toBytes("#!/bin/sh\nexit\n");

describe("a directory is where its entries stand, whatever the end record says of", () => {
  it.each<[string, ArchiveOptions]>([
    ["its size: 8 bytes too few", { off: { size: -8 } }],
    ["its size: 8 bytes too many", { off: { size: 8 } }],
    ["its size: one entry too few", { off: { size: -entry("a.txt") } }],
    ["its size: more than the file", { off: { size: 100_000 } }],
    ["its size: nothing", { off: { size: -(3 * 46 + 5 + 5 + 22) } }],
    ["its place: before it", { off: { start: -20 } }],
    ["its place: behind it", { off: { start: 20 } }],
    ["its place: beyond the file", { off: { start: 1_000_000 } }],
    ["its place: 0", { off: { start: -1 } }],
    ["its size and its place", { off: { size: -8, start: 20 } }],
    ["its size, with foreign bytes before the archive", { prefix, off: { size: 5 } }],
    ["its size, with ZIP64 records", { zip64: true, off: { size: -8 } }],
    ["its place, with ZIP64 records", { zip64: true, off: { start: 30 } }],
    ["how many entries it has: too few", { off: { count: -2 } }],
    ["how many entries it has: none", { off: { count: -3 } }],
  ])("%s", async (_, options) => {
    expect(await unzip(zip(members, options))).toEqual(content);
  });

  it("65,537 members, of which 16 bits count one", async () => {
    const many = Array.from({ length: 65_537 }, (_, at) => ({ name: `${at}`, method: 0 }));
    const bytes = zip(many);
    const { entries } = await archiveOf(bytes, 16 * 1024 * 1024);
    expect(entries).toHaveLength(65_537);
  });

  it("but an archive that lacks its beginning is cut short, and one that lacks entries broken", async () => {
    expect(await codeOf(archiveOf(zip(members).slice(20)))).toBe("INTEGRITY");
    expect(await codeOf(archiveOf(zip(members, { off: { size: -8 } }).slice(20)))).toBe("INTEGRITY");
    expect(await codeOf(archiveOf(zip(members, { off: { count: 1 } })))).toBe("DECODE_FAILED");
    expect(await codeOf(archiveOf(zip(members, { off: { count: 1, size: -8 } })))).toBe("DECODE_FAILED");
  });

  it("a member that only looks like a directory does not count", async () => {
    const fake = zip([{ name: "fake.txt" }]);
    const nested = [...members, { name: "nested.zip", data: fake, method: 0 }];
    expect(Object.keys(await unzip(zip(nested, { off: { size: -8 } })))).toHaveLength(4);
  });
});

/** An end record, as a comment may hold one. */
function endRecord(entries: number, size: number, offset: number, disk = 0, comment = 0): Uint8Array {
  const bytes = new Uint8Array(22);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(4, disk, true);
  view.setUint16(10, entries, true);
  view.setUint32(12, size, true);
  view.setUint32(16, offset, true);
  view.setUint16(20, comment, true);
  return bytes;
}

describe("a comment that holds end records", () => {
  it.each([
    ["of an empty archive", endRecord(0, 0, 0)],
    ["with text around it", concat([toBytes("see "), endRecord(0, 0, 0, 0, 3), toBytes("...")])],
    ["of a directory that is not there", endRecord(1, 50, 9_999_999)],
    ["of a directory of other bytes", endRecord(1, 50, 0)],
    ["of another disk", endRecord(1, 50, 0, 3)],
    ["of a whole archive, empty", zip([])],
    ["many times", concat(Array.from({ length: 7 }, (_, at) => endRecord(0, 0, 0, 0, (6 - at) * 22)))],
  ])("%s is a comment", async (_, comment) => {
    for (const options of [{ comment }, { comment, prefix }, { comment, zip64: true }]) {
      expect(await unzip(zip(members, options))).toEqual(content);
    }
  });

  it("and an archive of which nothing else is there is what it says", async () => {
    expect((await archiveOf(zip([], { prefix }))).entries).toEqual([]);
    expect(await codeOf(archiveOf(concat([toBytes("x".repeat(100)), endRecord(1, 50, 0, 3)])))).toBe(
      "NOT_SUPPORTED",
    );
  });
});

describe("bytes behind the end record", () => {
  const junk = (text: string) => ({ suffix: toBytes(text) });

  it.each<[string, ArchiveOptions]>([
    ["a line end", junk("\n")],
    ["two line ends", junk("\r\n\r\n")],
    ["a page of HTML", junk("<html>an error of the server</html>")],
    ["zeros up to a block", { suffix: new Uint8Array(4096) }],
    ["zeros, many", { suffix: new Uint8Array(100_000) }],
    ["behind a comment", { comment: toBytes("made by hand"), ...junk("\n") }],
    ["behind ZIP64 records", { zip64: true, ...junk("\n") }],
    [
      "what looks like an end record",
      { suffix: toBytes("PK\x05\x06 and more than twenty-two bytes of text") },
    ],
    ["with a directory of another size", { off: { size: -8 }, ...junk("\n") }],
  ])("are passed over, and told of: %s", async (_, options) => {
    const archive = await archiveOf(zip(members, options));
    expect(archive.entries.map(({ name }) => name)).toEqual(Object.keys(content));
    const count = options.suffix?.length;
    expect(archive.remarks).toEqual([
      `test.zip has bytes behind its end (${count}), which were passed over.`,
    ]);
    expect(await unzip(zip(members, options))).toEqual(content);
  });

  it("are told to the caller, of an archive and of a workbook in it", async () => {
    const options = { suffix: toBytes("\n") };
    const book = zip(workbookMembers({ sheets: [{ name: "S", rows: [["x"]] }] }), options);
    for (const ranges of [true, false]) {
      const seen = await readReport(zip([{ name: "r.xlsx", data: book }], options), { ranges });
      expect(seen).toMatchObject({ error: undefined, rows: [{ cells: ["x"] }] });
      expect(seen.warningEvents).toEqual([
        "The archive has bytes behind its end (1), which were passed over.",
        "r.xlsx has bytes behind its end (1), which were passed over.",
      ]);
      expect((await readReport(book, { ranges })).warningEvents).toHaveLength(1);
    }
  });

  const mebibyte = 1024 * 1024;
  /** Bytes among which the beginning of a signature is often. */
  const misleading = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at + 2 <= length; at += 40) bytes.set(toBytes("PK"), at);
    return bytes;
  };

  it.each<[string, ArchiveOptions]>([
    ["one more than the last 128 KiB can hold", { suffix: new Uint8Array(128 * 1024 - 21) }],
    ["hundreds of kilobytes", { suffix: misleading(300_000) }],
    ["megabytes", { suffix: new Uint8Array(3 * mebibyte).fill(0x50) }],
    ["behind a comment", { suffix: new Uint8Array(200_000), comment: toBytes("made by hand") }],
    ["behind ZIP64 records", { suffix: misleading(mebibyte), zip64: true }],
    ["behind a directory of another size", { suffix: new Uint8Array(200_000), off: { size: -8 } }],
    [
      "with what looks like an end record",
      { suffix: concat([misleading(200_000), endRecord(1, 50, 0), misleading(200_000)]) },
    ],
  ])("are passed over however many they are: %s", async (_, options) => {
    const count = options.suffix?.length ?? 0;
    const remark = `test.zip has bytes behind its end (${count}), which were passed over.`;
    const bytes = zip(members, options);
    expect(await unzip(bytes)).toEqual(content);
    for (const ranges of [true, false]) {
      const artifact = memoryArtifact(bytes, { ranges });
      const source = await openArtifact(artifact, new MemoryBudget(10 * mebibyte));
      const archive = await openArchive(source, "test.zip", 16 * mebibyte);
      expect(archive.entries.map(({ name }) => name)).toEqual(Object.keys(content));
      expect(archive.remarks).toEqual([remark]);
      expect(artifact.requests.length).toBeLessThan(13);
    }
  });

  it("wherever the end record stands in the pieces that are read", async () => {
    const whole = zip(members);
    for (let cut = 0; cut <= 23; cut++) {
      const bytes = concat([whole, new Uint8Array((128 + 256) * 1024 - cut)]);
      const source = await openArtifact(memoryArtifact(bytes), new MemoryBudget(mebibyte));
      expect((await openArchive(source, "test.zip", 16 * mebibyte)).entries).toHaveLength(3);
    }
  });

  it("of a workbook in an archive that have them, too", async () => {
    const options = { suffix: new Uint8Array(200_000) };
    const book = zip(workbookMembers({ sheets: [{ name: "S", rows: [["x"]] }] }), options);
    for (const method of [0, 8]) {
      for (const ranges of [true, false]) {
        const seen = await readReport(zip([{ name: "r.xlsx", data: book, method }], options), { ranges });
        expect(seen).toMatchObject({ error: undefined, rows: [{ cells: ["x"] }] });
        expect(seen.warningEvents).toHaveLength(2);
      }
    }
  });

  it("are asked of a store up to maxBufferedBytes, and a cut is no reason to read all of it", async () => {
    const bytes = zip(members, { suffix: new Uint8Array(3 * mebibyte) });
    const artifact = memoryArtifact(bytes);
    const source = await openArtifact(artifact, new MemoryBudget(10 * mebibyte));
    await expect(openArchive(source, "test.zip", mebibyte)).rejects.toMatchObject({
      code: "INTEGRITY",
      message: expect.stringContaining("its last 1048576 bytes hold no end record that fits"),
    });
    const asked = artifact.requests.map((range) => range.split("-").map(Number) as [number, number]);
    expect(asked.reduce((sum, [start, end]) => sum + end - start, 0)).toBeLessThan(1.3 * mebibyte);
    expect(await codeOf(archiveOf(bytes.subarray(60)))).toBe("DECODE_FAILED");
  });

  it("a comment that lacks its end costs nothing", async () => {
    const whole = zip(members, { comment: toBytes("twenty characters...") });
    const archive = await archiveOf(whole.slice(0, -7));
    expect(archive.remarks).toEqual(["test.zip lacks the last 7 bytes of its comment."]);
    expect(archive.entries).toHaveLength(3);
  });

  it("are told of where others stand before the archive, which is refused", async () => {
    for (const suffix of [toBytes("\n"), toBytes("\r\n--part--\r\n")]) {
      for (const options of [{}, { zip64: true }, { comment: toBytes("made by hand") }]) {
        await expect(archiveOf(zip(members, { ...options, prefix, suffix }))).rejects.toMatchObject({
          code: "DECODE_FAILED",
          message: expect.stringMatching(/before it and behind its end/),
        });
      }
    }
    await expect(archiveOf(concat([prefix, toBytes("PK\x05\x06 and no more")]))).rejects.toMatchObject({
      message: expect.stringContaining("test.zip is not a ZIP archive."),
    });
  });

  it("are a cut where they begin a member: another archive began there", async () => {
    const second = zip(members);
    expect(await codeOf(archiveOf(zip(members, { suffix: second.slice(0, 60) })))).toBe("INTEGRITY");
  });

  it("never make an archive of one that is stored in another which is cut", async () => {
    const book = xlsx({ sheets: [{ name: "S", rows: [["x"]] }] });
    const outer = zip([
      { name: "first.xlsx", data: book, method: 0 },
      { name: "second.xlsx", data: book, method: 0 },
    ]);
    for (let length = outer.length - 1; length > 40; length--) {
      expect(await codeOf(archiveOf(outer.slice(0, length)))).toBe("INTEGRITY");
    }
  });

  it("an empty end record behind an archive that holds something never makes it an empty one", async () => {
    expect(await codeOf(archiveOf(concat([zip(members), zip([])])))).toBe("INTEGRITY");
    expect(await unzip(concat([zip(members), new Uint8Array(200_000), zip([])]))).toEqual(content);
  });

  it("an archive in the comment of another does not hide it", async () => {
    for (const inner of [zip([{ name: "other.txt", data: "of the comment" }]), zip([])])
      expect(await unzip(zip(members, { comment: inner }))).toEqual(content);
  });

  it("an empty archive may have some, and then nothing else", async () => {
    expect((await archiveOf(zip([], junk("\n")))).entries).toEqual([]);
    expect((await archiveOf(zip([], { suffix: new Uint8Array(300_000) }))).entries).toEqual([]);
    const buried = new Uint8Array([...toBytes("text before"), ...zip([], junk("\n"))]);
    expect(await codeOf(archiveOf(buried))).toBe("DECODE_FAILED");
  });
});
