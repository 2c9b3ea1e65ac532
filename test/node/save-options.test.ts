import { chmod, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ExportError } from "exportkit";
import { saveExport } from "exportkit/node";
import { describe, expect, it } from "vitest";
import { rejection } from "../support/outcome.js";
import { emptyFolder, serveExport } from "./served-export.js";

describe("saveExport refuses", () => {
  const wrong: readonly [string, string, object][] = [
    ["path", "", {}],
    ["path", "folder/", {}],
    ["path", "a\0b", {}],
    ["path", "half of a pair: \ud83d", {}],
    ["format", "users", { format: "xml" }],
    ["resume", "users", { resume: true }],
    ["mode", "users", { mode: 0o1777 }],
    ["checkpointEvery.ms", "users", { checkpointEvery: { ms: -1 } }],
    ["overwriting", "users", { overwriting: true }],
    ["columns", "users", { format: "ndjson", columns: ["sub"] }],
    ["formulas", "users", { formulas: "escape" }],
    ["delimiter", "users", { delimiter: ";" }],
    ["preset", "users", { format: "csv", preset: "lotus" }],
    ["delimiter", "users", { format: "csv", delimiter: ";;" }],
    ["onInvalid", "users", { onInvalid: "skip" }],
  ];

  it.each(wrong)("a wrong %s", async (field, path, options) => {
    const { client, job } = await serveExport({ users: 1 });
    const folder = await emptyFolder();
    const error = await rejection(
      saveExport(client, job, path && join(folder, path) + (path.endsWith("/") ? "/" : ""), options),
    );
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { field } });
    expect(await readdir(folder)).toEqual([]);
  });

  it("a job of another client", async () => {
    const { client, job } = await serveExport({ users: 1 });
    const foreign = { ...job, connection: "elsewhere" };
    // @ts-expect-error: the client has no such connection
    const error = await rejection(saveExport(client, foreign, join(await emptyFolder(), "users")));
    expect(error).toMatchObject({ code: "JOB_INVALID" });
  });

  it("a folder that is not there", async () => {
    const { client, job } = await serveExport({ users: 1 });
    const path = join(await emptyFolder(), "missing", "users");
    const error = await rejection(saveExport(client, job, path));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { path, systemCode: "ENOENT" } });
    expect((error as Error).message).toContain("create it first");
    expect((error as Error).cause).toMatchObject({ code: "ENOENT" });
  });

  it("a folder in the place of the file", async () => {
    const { client, job } = await serveExport({ users: 1 });
    const folder = await emptyFolder();
    await mkdir(join(folder, "users"));
    const error = await rejection(saveExport(client, job, join(folder, "users"), { overwrite: true }));
    expect(ExportError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { systemCode: "EISDIR" } });
  });

  it.skipIf(process.getuid?.() === 0)("a folder that may not be written", async () => {
    const { client, job } = await serveExport({ users: 1 });
    const folder = await emptyFolder();
    await chmod(folder, 0o500);
    const error = await rejection(saveExport(client, job, join(folder, "users")));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { systemCode: "EACCES" } });
  });
});
