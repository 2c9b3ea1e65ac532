import { afterEach, describe, expect, it, vi } from "vitest";
import { archiveOf, unzip } from "./read-archive.js";
import { concat, toBytes, zip } from "./zip-writer.js";

const text = "the quick brown fox ".repeat(50);

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("sound archives", () => {
  it.each([
    ["deflated", {}],
    ["stored", { method: 0 }],
    ["deflated with a data descriptor", { descriptor: true }],
    ["stored with a data descriptor", { method: 0, descriptor: true }],
    ["ZIP64 sizes", { zip64: true }],
  ])("%s", async (_, options) => {
    const members = [
      { name: "a.txt", data: text, ...options },
      { name: "empty.txt", data: "", ...options },
      { name: "b/c.txt", data: "second", ...options },
    ];
    expect(await unzip(zip(members))).toEqual({ "a.txt": text, "empty.txt": "", "b/c.txt": "second" });
  });

  it("ZIP64 end records, with and without foreign bytes before the archive", async () => {
    const members = [{ name: "a.txt", data: text, zip64: true }];
    expect(await unzip(zip(members, { zip64: true }))).toEqual({ "a.txt": text });
    expect(await unzip(zip(members, { zip64: true, prefix: toBytes("#!/bin/sh\n") }))).toEqual({
      "a.txt": text,
    });
  });

  it("a ZIP64 field with all three numbers where one of them would do", async () => {
    const field = new DataView(new ArrayBuffer(28));
    field.setUint16(0, 1, true);
    field.setUint16(2, 24, true);
    field.setBigUint64(4, 5n, true);
    field.setBigUint64(12, 5n, true);
    field.setBigUint64(20, 39n, true);
    const extra = new Uint8Array(field.buffer);
    const second = { name: "b.txt", data: "after", method: 0, extra };
    for (const wide of [{ offset: 0xffffffff }, { size: 0xffffffff }, {}]) {
      const archive = zip([
        { name: "a.txt", data: "much", method: 0 },
        { ...second, ...wide },
      ]);
      expect(await unzip(archive)).toEqual({ "a.txt": "much", "b.txt": "after" });
    }
  });

  it("foreign bytes before the archive", async () => {
    const prefix = new Uint8Array(1000).fill(0x50);
    expect(await unzip(zip([{ name: "a.txt", data: text }], { prefix }))).toEqual({ "a.txt": text });
  });

  it("an archive stored within, with a data descriptor, is content like any other", async () => {
    const inner = zip([{ name: "inner.txt", data: text, descriptor: true, method: 0 }]);
    const outer = zip([{ name: "inner.zip", data: inner, method: 0, descriptor: true }]);
    expect((await unzip(outer))["inner.zip"]).toBe(new TextDecoder().decode(inner));
  });

  it("a comment that holds the signature of an end record", async () => {
    const comment = concat([toBytes("PK\x05\x06"), new Uint8Array(30)]);
    expect(await unzip(zip([{ name: "a.txt", data: text }], { comment }))).toEqual({ "a.txt": text });
  });

  it("no members at all", async () => {
    expect(await unzip(zip([]))).toEqual({});
  });

  it("names in UTF-8 without the mark, and in code page 437", async () => {
    const archive = await archiveOf(
      zip([{ name: toBytes("Größe.txt") }, { name: new Uint8Array([0x81, 0x2e, 0x74, 0x78, 0x74]) }]),
    );
    expect(archive.entries.map(({ name }) => name)).toEqual(["Größe.txt", "ü.txt"]);
  });

  it("the runtimes without DecompressionStream", async () => {
    vi.stubGlobal("DecompressionStream", undefined);
    expect(await unzip(zip([{ name: "a.txt", data: text, descriptor: true }]))).toEqual({ "a.txt": text });
  });

  it("the runtimes whose DecompressionStream knows no raw deflate", async () => {
    vi.stubGlobal(
      "DecompressionStream",
      class {
        constructor() {
          throw new TypeError("unsupported format");
        }
      },
    );
    expect(await unzip(zip([{ name: "a.txt", data: text }]))).toEqual({ "a.txt": text });
  });
});
