import type * as Fs from "node:fs/promises";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ExportError } from "exportkit";
import { saveExport } from "exportkit/node";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { rejection } from "../support/outcome.js";
import type { FaultyDisk } from "./faulty-disk.js";
import { emptyFolder, type ServedExport, serveExport } from "./served-export.js";

const shared = vi.hoisted((): { disk?: FaultyDisk } => ({}));

vi.mock("node:fs/promises", async (original) => {
  const { createFaultyDisk } = await import("./faulty-disk.js");
  shared.disk = createFaultyDisk(await original<typeof Fs>());
  return { ...shared.disk.fs, default: shared.disk.fs };
});

let served: ServedExport;
let folder: string;
let path: string;

/** Refuses an operation the first time, or the times after, that it is tried. */
function refuse(operation: RegExp, code: string, after = 0): void {
  let seen = 0;
  shared.disk?.refuse((tried) => (operation.test(tried) && seen++ >= after ? code : undefined));
}

beforeEach(async () => {
  served = await serveExport({ sockets: false });
  folder = await emptyFolder();
  path = join(folder, "users");
});

afterEach(() => shared.disk?.refuse(undefined));

describe("a disk that fills up", () => {
  const moments: readonly [string, RegExp, number][] = [
    ["when the lock is put up", /^open .*lock/, 0],
    ["when the lock is written", /^write .*lock/, 0],
    ["when the first state is written", /^open .*\.part\.json\.[^/]+$/, 0],
    ["when the part is created", /^open .*\.part\.[\da-f]+-[^/]+$/, 0],
    ["when the part gets its name", /^rename .*\.part\.[\da-f]+-[^/]+$/, 0],
    ["at the first chunk", /^write .*\.part$/, 0],
    ["at a later chunk", /^write .*\.part$/, 1],
    ["when the part is synced", /^sync .*\.part$/, 1],
    ["when a checkpoint is created", /^open .*\.part\.json\.[^/]+$/, 2],
    ["when a checkpoint is written", /^writeFile .*\.part\.json\.[^/]+$/, 2],
    ["when a checkpoint is synced", /^sync .*\.part\.json\.[^/]+$/, 2],
    ["when a checkpoint gets its name", /^rename .*\.part\.json\.[^/]+$/, 2],
  ];

  it.each(moments)(
    "%s, is an error that says so, and a later call resumes",
    async (_when, operation, after) => {
      const options = { checkpointEvery: { bytes: 60_000, ms: 1e9 } };
      refuse(operation, "ENOSPC", after);
      const error = await rejection(saveExport(served.client, served.job, path, options));
      shared.disk?.refuse(undefined);
      expect(ExportError.isInstance(error)).toBe(true);
      expect(error).toMatchObject({
        code: "LIMIT_EXCEEDED",
        retryable: true,
        details: { path, systemCode: "ENOSPC" },
        cause: { code: "ENOSPC" },
      });
      expect((error as Error).message).toContain("the disk is full");
      const names = await readdir(folder);
      expect(names.filter((name) => !["users.part", "users.part.json"].includes(name))).toEqual([]);
      const state = await readFile(`${path}.part.json`, "utf8").then(JSON.parse, () => ({ bytes: 0 }));
      const saved = await saveExport(served.client, served.job, path, options);
      expect(saved.resumed).toBe(state.bytes > 0);
      expect(saved.resumed).toBe(after > 0);
      expect((await readFile(path)).equals(await served.reference("raw"))).toBe(true);
      expect(await readdir(folder)).toEqual(["users"]);
    },
  );
});

it("a disk that fills up when the file gets its name leaves nothing more to download", async () => {
  refuse(/^rename .*\.part\.[\da-f]+-[^/]+$/, "ENOSPC", 1);
  const error = await rejection(saveExport(served.client, served.job, path, { overwrite: true }));
  shared.disk?.refuse(undefined);
  expect(error).toMatchObject({ code: "LIMIT_EXCEEDED", details: { systemCode: "ENOSPC" } });
  const before = served.emulator.requests.length;
  expect(await saveExport(served.client, served.job, path)).toMatchObject({ resumed: true });
  expect(served.emulator.requests.length).toBe(before);
  expect((await readFile(path)).equals(await served.reference("raw"))).toBe(true);
});

describe("what the system refuses", () => {
  it.each([
    ["EROFS", "CONFIG_INVALID", "the folder is read-only", false],
    ["EACCES", "CONFIG_INVALID", "permission is denied", false],
    ["ENAMETOOLONG", "CONFIG_INVALID", "the name is too long", false],
    ["EDQUOT", "LIMIT_EXCEEDED", "quota", true],
    ["EFBIG", "LIMIT_EXCEEDED", "large", false],
    ["EMFILE", "LIMIT_EXCEEDED", "too many files", true],
    ["EIO", "CONFIG_INVALID", "open failed with EIO", false],
  ])("%s is %s: %s", async (systemCode, code, words, retryable) => {
    refuse(/^open /, systemCode);
    const error = await rejection(saveExport(served.client, served.job, path));
    expect(error).toMatchObject({ code, retryable, details: { path, systemCode } });
    expect((error as Error).message).toContain(words);
    expect((error as Error).message).toContain(path);
  });
});

describe("a file system", () => {
  it("without hard links serves too", async () => {
    refuse(/^link /, "EPERM");
    await saveExport(served.client, served.job, path);
    expect((await readFile(path)).equals(await served.reference("raw"))).toBe(true);
    expect(await readdir(folder)).toEqual(["users"]);
  });

  it("without hard links keeps an existing file too", async () => {
    refuse(/^link /, "EPERM");
    let there = false;
    const onProgress = () => {
      if (!there) void writeFile(path, "mine");
      there = true;
    };
    const error = await rejection(saveExport(served.client, served.job, path, { onProgress }));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { reason: "exists" } });
    expect(await readFile(path, "utf8")).toBe("mine");
  });

  it("without hard links replaces nothing that comes at the last moment", async () => {
    refuse(/^link /, "EPERM");
    // Between the last look and the rename.
    shared.disk?.suspend((tried) => (tried === `open ${path}` ? writeFile(path, "mine") : undefined));
    onTestFinished(() => shared.disk?.suspend(undefined));
    const error = await rejection(saveExport(served.client, served.job, path));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { reason: "exists" } });
    expect(await readFile(path, "utf8")).toBe("mine");
  });

  it("without hard links, whose rename fails, is left without an empty file", async () => {
    refuse(/^link |^rename .*\.part\.[0-9a-f]+-/, "EPERM");
    await rejection(saveExport(served.client, served.job, path));
    expect(await readdir(folder)).not.toContain("users");
  });

  it.each(["EACCES", "EINVAL", "EPERM"])("that answers %s to syncing a folder serves too", async (code) => {
    refuse(new RegExp(`^(open|sync) ${folder}$`), code);
    await saveExport(served.client, served.job, path);
    expect(await readdir(folder)).toEqual(["users"]);
  });
});
