import { afterEach, describe, expect, it, vi } from "vitest";
import { codeOf } from "../xlsx/decode.js";
import { archiveOf, inflateLimits, unzip } from "./read-archive.js";
import { toBytes, zip } from "./zip-writer.js";

const text = "the quick brown fox ".repeat(50);

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("hostile and broken archives", () => {
  it.each([
    "../a.txt",
    "a/../../b.txt",
    "..\\a.txt",
    "a\\..\\..\\b.txt",
    "a\\../b.txt",
    "/../a.txt",
    "./../a.txt",
    "C:\\a.txt",
    "c:/a.txt",
    "/c:/a.txt",
    "\\C:\\a.txt",
    "//server/share/a.txt",
    "\\\\server\\share\\a.txt",
    "\\/server/a.txt",
    "a\0b",
    "a\nb",
    "a/..",
    "a\\..",
  ])("a member called %j", async (name) => {
    expect(await codeOf(archiveOf(zip([{ name: "ok.txt" }, { name }])))).toBe("DECODE_FAILED");
  });

  it("names that only look like climbing", async () => {
    const names = ["..a/b..txt", "a..b", "a/...", ".hidden"];
    const archive = await archiveOf(zip(names.map((name) => ({ name }))));
    expect(archive.entries.map(({ name }) => name)).toEqual(names);
  });

  it("a name marked as UTF-8 that is none", async () => {
    const name = new Uint8Array([0xff, 0xfe]);
    expect(await codeOf(archiveOf(zip([{ name, flags: 0x800 }])))).toBe("DECODE_FAILED");
  });

  it("members that share their bytes", async () => {
    const bytes = zip([
      { name: "a.txt", data: text },
      { name: "b.txt", data: text, offset: 0 },
    ]);
    expect(await codeOf(archiveOf(bytes))).toBe("DECODE_FAILED");
  });

  it("a member that reaches into the next one", async () => {
    const nested = zip([{ name: "b.txt", data: text, method: 0 }]);
    const bytes = zip([
      { name: "a.txt", data: nested, method: 0 },
      { name: "b.txt", data: text, offset: 40 },
    ]);
    expect(await codeOf(archiveOf(bytes))).toBe("DECODE_FAILED");
  });

  it("a local header whose extra field pushes the content into the next member", async () => {
    const bytes = zip([{ name: "a.txt", data: "abc", method: 0 }, { name: "b.txt" }]);
    bytes[28] = 200;
    expect(await codeOf(unzip(bytes))).toBe("DECODE_FAILED");
  });

  it("a local header that names another file", async () => {
    expect(await codeOf(unzip(zip([{ name: "a.txt", localName: "b.txt" }])))).toBe("DECODE_FAILED");
  });

  it.each([
    ["traditional", { flags: 1 }],
    ["strong", { flags: 0x40 }],
    ["AES", { method: 99 }],
  ])("%s encryption", async (_, options) => {
    await expect(unzip(zip([{ name: "a.txt", data: "x", ...options }]))).rejects.toMatchObject({
      code: "NOT_SUPPORTED",
      message: expect.stringContaining("is encrypted"),
    });
  });

  it("other methods of compression", async () => {
    expect(await codeOf(unzip(zip([{ name: "a.txt", data: "x", method: 12 }])))).toBe("NOT_SUPPORTED");
  });

  it("a part of an archive that is split over files", async () => {
    const bytes = zip([{ name: "a.txt" }]);
    bytes[bytes.length - 18] = 3;
    expect(await codeOf(archiveOf(bytes))).toBe("NOT_SUPPORTED");
  });

  it("damaged content, with each inflater", async () => {
    const stored = zip([{ name: "a.txt", data: text, method: 0 }]);
    stored[60] = 0x21;
    expect(await codeOf(unzip(stored))).toBe("INTEGRITY");
    for (const native of [true, false]) {
      if (!native) vi.stubGlobal("DecompressionStream", undefined);
      expect(await codeOf(unzip(zip([{ name: "a.txt", data: text, crc32: 1 }])))).toBe("INTEGRITY");
      expect(await codeOf(unzip(zip([{ name: "a.txt", data: text, size: text.length + 1 }])))).toBe(
        "INTEGRITY",
      );
      expect(await codeOf(unzip(zip([{ name: "a.txt", data: text, size: text.length - 1 }])))).toBe(
        "INTEGRITY",
      );
      const broken = zip([{ name: "a.txt", data: text, compressed: new Uint8Array(50).fill(0xff) }]);
      expect(await codeOf(unzip(broken))).toBe("INTEGRITY");
    }
  });

  it("an archive that is cut short anywhere", async () => {
    const bytes = zip([
      { name: "a.txt", data: text },
      { name: "b.txt", data: text, method: 0 },
    ]);
    for (let length = 4; length < bytes.length; length += 7) {
      expect(await codeOf(archiveOf(bytes.slice(0, length)))).toBe("INTEGRITY");
    }
  });

  it("an archive whose beginning is missing", async () => {
    const bytes = zip([{ name: "a.txt", data: text }]);
    expect(await codeOf(archiveOf(bytes.slice(30)))).toBe("INTEGRITY");
  });

  it("something else than an archive", async () => {
    expect(await codeOf(archiveOf(toBytes("<html>an error page</html>")))).toBe("DECODE_FAILED");
    expect(await codeOf(archiveOf(new Uint8Array(0)))).toBe("DECODE_FAILED");
    expect(await codeOf(archiveOf(new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 0xa1])))).toBe("NOT_SUPPORTED");
  });

  it("more members than the directory has", async () => {
    const bytes = zip([{ name: "a.txt" }]);
    bytes[bytes.length - 12] = 9;
    expect(await codeOf(archiveOf(bytes))).toBe("DECODE_FAILED");
  });

  it("a bomb by its ratio, and by its sum", async () => {
    const zeros = new Uint8Array(3_000_000);
    expect(await codeOf(unzip(zip([{ name: "a", data: zeros }])))).toBe("LIMIT_EXCEEDED");
    const many = zip(
      Array.from({ length: 12 }, (_, index) => ({ name: `${index}`, data: zeros.subarray(0, 900_000) })),
    );
    expect(await codeOf(unzip(many, { ...inflateLimits(), maxInflatedBytes: 10_000_000 }))).toBe(
      "LIMIT_EXCEEDED",
    );
    expect(Object.keys(await unzip(many))).toHaveLength(12);
  });

  it("a bomb that lies about its size stops where it said it would", async () => {
    const limits = inflateLimits();
    const bytes = zip([{ name: "a", data: new Uint8Array(100_000_000), size: 1000 }]);
    expect(await codeOf(unzip(bytes, limits))).toBe("INTEGRITY");
    expect(limits.inflatedBytes).toBeLessThan(20_000_000);
  });

  it("a directory larger than what may be held", async () => {
    const bytes = zip(
      Array.from({ length: 30_000 }, (_, index) => ({ name: `${index}`.padStart(40, "0"), method: 0 })),
    );
    expect(await codeOf(archiveOf(bytes))).toBe("LIMIT_EXCEEDED");
  });

  it("more members than may be held, in a directory that may", async () => {
    const bytes = zip(Array.from({ length: 1001 }, () => ({ name: "", method: 0 })));
    expect((await archiveOf(bytes, 1001 * 128)).entries).toHaveLength(1001);
    await expect(archiveOf(bytes, 1000 * 128)).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
      message: expect.stringContaining("more than 1000 members"),
    });
  });
});
