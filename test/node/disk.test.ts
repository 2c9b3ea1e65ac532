import { createHash } from "node:crypto";
import type * as Fs from "node:fs/promises";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ExportError } from "exportkit";
import { saveExport } from "exportkit/node";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { httpStore } from "../artifact/http-store.js";
import { rejection } from "../support/outcome.js";
import { settle } from "../support/turns.js";
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

it("a disk that fails just as a file is found damaged leaves nothing of it to be resumed", async () => {
  const file = Buffer.from(Array.from({ length: 9_000 }, (_, n) => `{"n":${n}}\n`).join(""));
  const flipped = Buffer.from(file);
  flipped[5] = 0x39;
  const named = { etag: '"one"', "content-md5": createHash("md5").update(file).digest("base64") };
  let sound = false;
  const { client, job } = await httpStore((_, response, count) => {
    if (!sound && count > 1) response.writeHead(404).end();
    else response.writeHead(200, { ...named, "content-length": file.length }).end(sound ? file : flipped);
  });
  // Only the first checkpoint is stored, in which nothing is known of the damage yet.
  refuse(/^sync .*\.part$/, "EIO", 1);
  const options = { checkpointEvery: { bytes: 1e9, ms: 1e9 } };
  await rejection(saveExport(client, job, path, options));
  shared.disk?.refuse(undefined);
  sound = true;
  expect(await saveExport(client, job, path, options)).toMatchObject({ resumed: false });
  expect((await readFile(path)).equals(file)).toBe(true);
});

it("a disk that writes slowly holds up the download, and only once 512 KiB wait", async () => {
  const large = await serveExport({ sockets: false, users: 2_000 });
  let wake: () => void = () => {};
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  shared.disk?.suspend((tried) => (/^write .*\.part$/.test(tried) ? woken : undefined));
  onTestFinished(() => shared.disk?.suspend(undefined));
  let written = 0;
  const onProgress = (progress: { readonly bytesWritten: number }) => {
    written = progress.bytesWritten;
  };
  const saved = saveExport(large.client, large.job, path, { onProgress });
  await expect.poll(() => written, { timeout: 20_000 }).toBeGreaterThan(480 * 1024);
  await settle();
  expect(written).toBeLessThanOrEqual(512 * 1024);
  wake();
  expect((await saved).bytes).toBeGreaterThan(600 * 1024);
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
