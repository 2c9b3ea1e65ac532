import { readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type SaveOptions, saveExport } from "exportkit/node";
import { beforeEach, describe, expect, it } from "vitest";
import { rejection } from "../support/outcome.js";
import { emptyFolder, filesIn, type ServedExport, serveExport } from "./served-export.js";

let served: ServedExport;
let folder: string;
let path: string;

/** Begins a save and stops it half way. */
async function begin(options: SaveOptions = {}): Promise<void> {
  const controller = new AbortController();
  const onProgress = ({ bytesWritten }: { readonly bytesWritten: number }) => {
    if (bytesWritten > 100_000) controller.abort();
  };
  const { signal } = controller;
  await rejection(saveExport(served.client, served.job, path, { ...options, signal, onProgress }));
}

beforeEach(async () => {
  served = await serveExport();
  folder = await emptyFolder();
  path = join(folder, "users");
});

describe("a part that is not this save's", () => {
  const cases: readonly [string, SaveOptions, SaveOptions, string][] = [
    ["another format", {}, { format: "csv" }, "it was started as format raw, and this is csv"],
    ["other columns", { format: "csv" }, { format: "csv", columns: ["sub"] }, "other columns"],
    ["another dialect", { format: "csv" }, { format: "csv", delimiter: ";" }, "other delimiter"],
    ["another treatment", { format: "csv" }, { format: "csv", formulas: "escape" }, "other formulas"],
  ];

  it.each(cases)("is left alone where it has %s", async (_what, before, now, reason) => {
    await begin(before);
    const files = await filesIn(folder);
    const error = await rejection(saveExport(served.client, served.job, path, now));
    expect(error).toMatchObject({ code: "JOB_INVALID", details: { path, part: `${path}.part` } });
    expect((error as Error).message).toContain(reason);
    expect((error as Error).message).toContain('resume: "restart"');
    expect(await filesIn(folder)).toEqual(files);
  });

  it("is this save's where options are only spelled in another way", async () => {
    await begin({ format: "csv", newline: "crlf" });
    const now: SaveOptions = {
      format: "csv",
      newline: "\r\n",
      delimiter: ",",
      formulas: "keep",
    };
    expect(await saveExport(served.client, served.job, path, now)).toMatchObject({ resumed: true });
    expect(await readFile(path, "utf8")).toMatch(/^sub,.*\r\n.*\r\n/);
  });

  it("is left alone where it is another job's", async () => {
    await begin();
    const files = await filesIn(folder);
    const other = await served.another();
    const error = await rejection(saveExport(served.client, other, path));
    expect(error).toMatchObject({ code: "JOB_INVALID" });
    expect((error as Error).message).toContain(served.job.id);
    expect((error as Error).message).toContain(other.id);
    expect(await filesIn(folder)).toEqual(files);
  });

  it.each([
    ["nothing", undefined],
    ["no JSON", "{"],
    ["another version", '{"version":2}'],
  ])("is left alone where beside it lies %s", async (_what, state) => {
    await begin();
    if (state === undefined) await rm(`${path}.part.json`);
    else await writeFile(`${path}.part.json`, state);
    const files = await filesIn(folder);
    const error = await rejection(saveExport(served.client, served.job, path));
    expect(error).toMatchObject({ code: "JOB_INVALID", details: { path } });
    expect(await filesIn(folder)).toEqual(files);
  });

  it("is thrown away on demand", async () => {
    await begin();
    const saved = await saveExport(served.client, served.job, path, { format: "csv", resume: "restart" });
    expect(saved.resumed).toBe(false);
    expect((await readFile(path)).equals(await served.reference("csv"))).toBe(true);
    expect(Object.keys(await filesIn(folder))).toEqual(["users"]);
  });
});

describe("a damaged part is restarted", () => {
  const damages: readonly [string, () => Promise<void>][] = [
    ["shorter than claimed", () => truncate(`${path}.part`, 50_000)],
    ["gone", () => rm(`${path}.part`)],
    [
      "changed",
      async () => {
        const bytes = await readFile(`${path}.part`);
        bytes[1_000] = (bytes[1_000] ?? 0) ^ 1;
        await writeFile(`${path}.part`, bytes);
      },
    ],
  ];

  it.each(damages)("where it is %s", async (_what, damage) => {
    await begin();
    await damage();
    const saved = await saveExport(served.client, served.job, path);
    expect(saved.resumed).toBe(false);
    expect((await readFile(path)).equals(await served.reference("raw"))).toBe(true);
  });
});

describe("a part", () => {
  it("loses what nothing proves", async () => {
    await begin();
    const proven = await readFile(`${path}.part`);
    // More than the whole file, so that the end would stick out.
    await writeFile(`${path}.part`, Buffer.concat([proven, Buffer.alloc(1_000_000, "more")]));
    const saved = await saveExport(served.client, served.job, path);
    expect(saved.resumed).toBe(true);
    expect((await readFile(path)).equals(await served.reference("raw"))).toBe(true);
  });

  it("is not followed where it is a link", async () => {
    await begin();
    const elsewhere = join(await emptyFolder(), "elsewhere");
    const proven = await readFile(`${path}.part`);
    await writeFile(elsewhere, proven);
    await rm(`${path}.part`);
    await symlink(elsewhere, `${path}.part`);
    const error = await rejection(saveExport(served.client, served.job, path));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { systemCode: "ELOOP" } });
    expect((await readFile(elsewhere)).equals(proven)).toBe(true);
  });

  it("is closed to others when it is taken up by a call with a stricter mode", async () => {
    await begin({ mode: 0o644 });
    await saveExport(served.client, served.job, path, { mode: 0o600 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});

describe("an export that is no longer the one that was started", () => {
  it("is an error that says how to start over, until one does", async () => {
    await begin();
    served.emulator.changeObjects();
    for (let run = 0; run < 2; run++) {
      const error = await rejection(saveExport(served.client, served.job, path));
      expect(error).toMatchObject({
        code: "ARTIFACT_CHANGED",
        connection: "users",
        details: { path, part: `${path}.part` },
        cause: { code: "ARTIFACT_CHANGED" },
      });
      expect((error as Error).message).toContain('resume: "restart"');
    }
    expect(Object.keys(await filesIn(folder))).toEqual(["users.part", "users.part.json"]);
    const saved = await saveExport(served.client, served.job, path, { resume: "restart" });
    expect(saved.resumed).toBe(false);
    const now = await (await served.client.download(served.job)).toResponse().arrayBuffer();
    expect((await readFile(path)).equals(Buffer.from(now))).toBe(true);
  });
});
