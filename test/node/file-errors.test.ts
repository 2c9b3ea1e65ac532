import { spawn } from "node:child_process";
import { once } from "node:events";
import type * as Fs from "node:fs/promises";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type SaveOptions, saveExport } from "exportkit/node";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { exportkit, servedAuthgear } from "../cli/terminal.js";
import { rejection } from "../support/outcome.js";
import { bundleProgram } from "./bundle-program.js";
import type { FaultyDisk } from "./faulty-disk.js";
import { emptyFolder, type ServedExport, serveExport, token } from "./served-export.js";

const shared = vi.hoisted((): { disk?: FaultyDisk } => ({}));

vi.mock("node:fs/promises", async (original) => {
  const { createFaultyDisk } = await import("./faulty-disk.js");
  shared.disk = createFaultyDisk(await original<typeof Fs>());
  return { ...shared.disk.fs, default: shared.disk.fs };
});

let served: ServedExport;
let folder: string;
let path: string;

beforeEach(async () => {
  served = await serveExport({ users: 60, sockets: false });
  folder = await emptyFolder();
  path = join(folder, "users");
});

afterEach(() => shared.disk?.refuse(undefined));

const refuse = (operation: RegExp, code: string) =>
  shared.disk?.refuse((tried) => (operation.test(tried) ? code : undefined));

/** Refuses to give the file its name, as the system does where the name is a mount of its own. */
function refuseName(code: string): void {
  let renamed = 0;
  // The first such rename gives the part its name.
  shared.disk?.refuse((tried) =>
    /^rename .*\.part\.[\da-f]+-[^/]+$/.test(tried) && renamed++ > 0 ? code : undefined,
  );
}

async function failed(options: SaveOptions = {}): Promise<Error> {
  return (await rejection(saveExport(served.client, served.job, path, options))) as Error;
}

describe("a file that is mounted by itself", () => {
  it("is kept, and the error says what to mount; the next save needs no download", async () => {
    await writeFile(path, "mine");
    refuseName("EBUSY");
    const options = { overwrite: true, format: "csv", columns: ["sub", "nothing"] } as const;
    const error = await failed(options);
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { path, systemCode: "EBUSY" } });
    expect(error.message).toContain("mounted by itself (docker -v FILE:FILE)");
    expect(error.message).toContain("mount its folder instead");
    expect(error.message).toContain("or choose another path");
    expect(error.message).not.toMatch(/rename|check the disk/);
    expect(await readFile(path, "utf8")).toBe("mine");
    expect((await readdir(folder)).sort()).toEqual(["users", "users.part", "users.part.json"]);
    shared.disk?.refuse(undefined);
    const before = served.emulator.requests.length;
    // What the first run found out about the file is told by the one that gives it its name.
    const whole = { resumed: true, records: 60, repeated: 0, emptyColumns: ["nothing"] };
    expect(await saveExport(served.client, served.job, path, options)).toMatchObject(whole);
    expect(served.emulator.requests.length).toBe(before);
    expect(await readdir(folder)).toEqual(["users"]);
  });

  it("is told in the words of the command line", async () => {
    const { environment, starts, reference } = await servedAuthgear({ users: 60 });
    await writeFile(path, "mine");
    const words = ["authgear", "format=ndjson", "--out", path, "--overwrite"];
    refuseName("EBUSY");
    const { code, stderr } = await exportkit(words, environment);
    expect(code).toBe(2);
    expect(stderr).toMatch(/mount its folder instead.* choose another path with --out/);
    expect(await readFile(path, "utf8")).toBe("mine");
    shared.disk?.refuse(undefined);
    expect(await exportkit(words, environment)).toMatchObject({ code: 0 });
    expect(starts()).toBe(1);
    expect((await readFile(path)).equals(await reference())).toBe(true);
  });
});

describe("a folder that may be written to and not listed", () => {
  it("is told as that, before anything is asked of the vendor, and leaves no lock", async () => {
    refuse(/^readdir /, "EACCES");
    const before = served.emulator.requests.length;
    const error = await failed();
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { path, systemCode: "EACCES" } });
    expect(error.message).toContain("this process needs to list the folder");
    expect(error.message).toContain("then call saveExport again");
    expect(error.message).not.toContain("write to");
    expect(served.emulator.requests.length).toBe(before);
    shared.disk?.refuse(undefined);
    expect(await readdir(folder)).toEqual([]);
    expect(await saveExport(served.client, served.job, path)).toMatchObject({ resumed: false });
  });

  it("is told apart from one that may not be written to", async () => {
    refuse(/^open /, "EACCES");
    expect((await failed()).message).toContain("this process needs to write to the folder");
  });

  it("is told in the words of the command line, and starts nothing", async () => {
    const { environment, starts } = await servedAuthgear();
    refuse(/^readdir /, "EACCES");
    const words = ["authgear", "format=ndjson", "--out", path];
    const { code, stderr } = await exportkit(words, environment);
    expect(code).toBe(2);
    expect(stderr).toMatch(/needs to list the folder.*run the same command again/);
    expect(starts()).toBe(0);
  });
});

describe("what may not be opened", () => {
  it("beside the file is told in the words of the command line, and starts nothing", async () => {
    const { environment, starts } = await servedAuthgear();
    refuse(/^open /, "EACCES");
    const { code, stderr } = await exportkit(["authgear", "format=ndjson", "--out", path], environment);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /CONFIG_INVALID: cannot save to .*users: permission is denied at .*users.*: this process needs to write to the folder.*run the same command again/,
    );
    expect(starts()).toBe(0);
  });

  it("of a profile, or of the list of exports, is named with what to do", async () => {
    refuse(/^(open|readdir) /, "EACCES");
    const profile = join(folder, "live.env");
    const asked = await exportkit(["zephr", "--out", path, "--profile", profile]);
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining(`from ${profile}: EACCES`) });
    const listed = await exportkit(["list"], { XDG_STATE_HOME: folder });
    expect(listed.code).toBe(2);
    expect(listed.stderr).toMatch(/cannot be read \(EACCES\): .*exports\n.*make it readable/);
  });
});

describe("Node's permission model", () => {
  it.each([
    ["open", /^open .*lock/],
    ["readdir", /^readdir /],
    ["rename", /^rename /],
  ])("that denies %s is told with the flags that allow it", async (_, operation) => {
    refuse(operation, "ERR_ACCESS_DENIED");
    const error = await failed();
    expect(error).toMatchObject({
      code: "CONFIG_INVALID",
      details: { path, systemCode: "ERR_ACCESS_DENIED" },
      cause: { code: "ERR_ACCESS_DENIED" },
    });
    expect(error.message).toContain(`--allow-fs-read=${folder} and --allow-fs-write=${folder}`);
    expect(error.message).toContain("then call saveExport again");
  });

  it.each([
    ["to write", "read", "FileSystemWrite"],
    ["to read", "write", "FileSystemRead"],
  ])("of a real process without the right %s is told so", async (_, allowed, permission) => {
    const program = await bundleProgram("kill/save-child.ts");
    onTestFinished(() => program.remove());
    const options = { endpoint: "https://nobody.example", token };
    const task = { provider: "authgear", options, job: served.job, path, format: "raw" };
    const flags = [
      "--permission",
      `--allow-fs-read=${dirname(program.path)}`,
      `--allow-fs-${allowed}=${folder}`,
    ];
    const child = spawn(process.execPath, [...flags, program.path, JSON.stringify(task)], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    expect(await once(child, "close")).toEqual([1, null]);
    expect(stderr).toContain("CONFIG_INVALID");
    expect(stderr).toContain(`Node's permission model denies ${permission} to ${folder}`);
    expect(stderr).toContain(`--allow-fs-write=${folder}, then call saveExport again`);
    expect(await readdir(folder)).toEqual([]);
  });
});
