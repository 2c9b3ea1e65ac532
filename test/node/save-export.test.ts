import { createHash } from "node:crypto";
import { readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type SaveFormat, type SaveProgress, saveExport } from "exportkit/node";
import { describe, expect, it } from "vitest";
import { rejection } from "../support/outcome.js";
import { emptyFolder, filesIn, serveExport } from "./served-export.js";

const formats: readonly SaveFormat[] = ["raw", "ndjson", "csv"];

describe.each(["ndjson", "csv"] as const)("saveExport of a %s export", (source) => {
  it.each(formats)("writes it as %s", async (format) => {
    const { client, job, reference } = await serveExport({ source });
    const folder = await emptyFolder();
    const path = join(folder, "users.out");
    const saved = await saveExport(client, job, path, { format });
    const written = await readFile(path);
    const expected = await reference(format);
    expect(written.equals(expected)).toBe(true);
    expect(saved).toEqual({
      path,
      jobId: job.id,
      createdAt: job.createdAt,
      bytes: expected.byteLength,
      // Raw bytes are not read as records, so nobody counts them, nor who comes again.
      ...(format === "raw" ? { uncheckedRepeats: "bytes" } : { records: 500, repeated: 0 }),
      sha256: createHash("sha256").update(expected).digest("hex"),
      durationMs: expect.any(Number),
      resumed: false,
    });
    expect(Number.isInteger(saved.durationMs)).toBe(true);
    expect(await readdir(folder)).toEqual(["users.out"]);
  });
});

describe("saveExport", () => {
  it.each(formats)("writes an export of nobody as %s", async (format) => {
    const { client, job, reference } = await serveExport({ source: "csv", users: 0 });
    const path = join(await emptyFolder(), "users.out");
    const saved = await saveExport(client, job, path, { format });
    const expected = await reference(format);
    expect((await readFile(path)).equals(expected)).toBe(true);
    expect(saved.bytes).toBe(expected.byteLength);
    expect(saved.records).toBe(format === "raw" ? undefined : 0);
  });

  it("keeps others out of the file, and honours a mode", async () => {
    const { client, job } = await serveExport();
    const folder = await emptyFolder();
    await saveExport(client, job, join(folder, "private"));
    await saveExport(client, job, join(folder, "shared"), { mode: 0o640 });
    expect((await stat(join(folder, "private"))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "shared"))).mode & 0o777).toBe(0o640 & ~process.umask());
  });

  it("takes a job out of a store", async () => {
    const { client, job, reference } = await serveExport();
    const path = join(await emptyFolder(), "users");
    const stored: unknown = JSON.parse(JSON.stringify(job));
    await saveExport(client, client.parseJob(stored), path);
    expect((await readFile(path)).equals(await reference("raw"))).toBe(true);
  });

  it("keeps the part and its state to the owner while they grow", async () => {
    const { client, job } = await serveExport();
    const folder = await emptyFolder();
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error("enough"));
    const { signal } = controller;
    await rejection(saveExport(client, job, join(folder, "users"), { signal, onProgress }));
    for (const name of ["users.part", "users.part.json"])
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  });

  it("keeps an existing file, and asks the provider for nothing", async () => {
    const { client, job, emulator } = await serveExport();
    const folder = await emptyFolder();
    const path = join(folder, "users.ndjson");
    await writeFile(path, "mine");
    const before = emulator.requests.length;
    const error = await rejection(saveExport(client, job, path));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { path, reason: "exists" } });
    expect((error as Error).message).toContain(path);
    expect(await filesIn(folder)).toEqual({ "users.ndjson": "mine" });
    expect(emulator.requests.length).toBe(before);
  });

  it("keeps a file that appeared during the download, and the work", async () => {
    const { client, job, reference } = await serveExport();
    const folder = await emptyFolder();
    const path = join(folder, "users.ndjson");
    const written: Promise<void>[] = [];
    const onProgress = () => {
      if (written.length === 0) written.push(writeFile(path, "mine"));
    };
    const error = await rejection(saveExport(client, job, path, { onProgress }));
    await Promise.all(written);
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { reason: "exists" } });
    expect(await readFile(path, "utf8")).toBe("mine");
    const saved = await saveExport(client, job, path, { overwrite: true });
    expect(saved.resumed).toBe(true);
    expect((await readFile(path)).equals(await reference("raw"))).toBe(true);
  });

  it("replaces an existing file when told to, and only by a whole one", async () => {
    const { client, job, reference } = await serveExport();
    const folder = await emptyFolder();
    const path = join(folder, "users.ndjson");
    await writeFile(path, "old");
    const controller = new AbortController();
    const { signal } = controller;
    const onProgress = () => controller.abort(new Error("enough"));
    await rejection(saveExport(client, job, path, { overwrite: true, signal, onProgress }));
    expect(await readFile(path, "utf8")).toBe("old");
    await saveExport(client, job, path, { overwrite: true });
    expect((await readFile(path)).equals(await reference("raw"))).toBe(true);
    expect(await readdir(folder)).toEqual(["users.ndjson"]);
  });

  it("takes a link that leads nowhere for an existing file", async () => {
    const { client, job } = await serveExport();
    const folder = await emptyFolder();
    await symlink(join(folder, "nowhere"), join(folder, "users"));
    const error = await rejection(saveExport(client, job, join(folder, "users")));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { reason: "exists" } });
    expect(await readdir(folder)).toEqual(["users"]);
  });

  it("tells how far it is", async () => {
    const { client, job, reference } = await serveExport();
    const path = join(await emptyFolder(), "users.csv");
    const told: SaveProgress[] = [];
    await saveExport(client, job, path, { format: "csv", onProgress: (progress) => told.push(progress) });
    const totalBytes = (await reference("raw")).byteLength;
    const bytesWritten = (await reference("csv")).byteLength;
    expect(told.length).toBeGreaterThan(3);
    expect(told.at(-1)).toEqual({ bytesWritten, bytesRead: totalBytes, records: 500, totalBytes });
    const lengths = told.map((progress) => progress.bytesWritten);
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
  });

  it("ends with what onProgress throws, and keeps the part", async () => {
    const { client, job, reference } = await serveExport();
    const path = join(await emptyFolder(), "users");
    const failure = new Error("the display broke");
    const onProgress = () => {
      throw failure;
    };
    expect(await rejection(saveExport(client, job, path, { onProgress }))).toBe(failure);
    expect(await saveExport(client, job, path)).toMatchObject({ resumed: true });
    expect((await readFile(path)).equals(await reference("raw"))).toBe(true);
  });

  it("lays CSV out as asked", async () => {
    const { client, job } = await serveExport({ users: 3 });
    const path = join(await emptyFolder(), "users.csv");
    const saved = await saveExport(client, job, path, { format: "csv", columns: ["sub", "nothing"] });
    expect(saved).toMatchObject({ records: 3, emptyColumns: ["nothing"] });
    const lines = (await readFile(path, "utf8")).split("\n");
    expect(lines[0]).toBe("sub,nothing");
    expect(lines[1]).toMatch(/^[^,]+,$/);
    expect(lines).toHaveLength(5);
  });

  it("writes the dialect asked for", async () => {
    const { client, job } = await serveExport({ users: 3 });
    const path = join(await emptyFolder(), "users.csv");
    const columns = [{ header: "Id", path: "sub" }, "address.country"];
    const options = { format: "csv", columns, preset: "excel", delimiter: ";", nullText: "NULL" } as const;
    await saveExport(client, job, path, options);
    expect(await readFile(path, "utf8")).toMatch(/^\ufeffId;address\.country\r\n[^;]+;(\w\w|NULL)\r\n/);
  });

  it("begins again where a column was refused before anything was written", async () => {
    const { client, job } = await serveExport({ users: 3, source: "csv" });
    const path = join(await emptyFolder(), "users.csv");
    const wrong = await rejection(saveExport(client, job, path, { format: "csv", columns: ["e-mail"] }));
    expect(wrong).toMatchObject({ code: "REQUEST_INVALID", details: { columns: ["e-mail"] } });
    await saveExport(client, job, path, { format: "csv", columns: ["email"] });
    expect(await readFile(path, "utf8")).toMatch(/^email\n.*@/);
  });

  it("begins no file for a job that has not ended", async () => {
    const { client, another } = await serveExport({ pendingPolls: 0 });
    const job = { ...(await another()), status: "running" } as const;
    const folder = await emptyFolder();
    const error = await rejection(saveExport(client, job, join(folder, "users")));
    expect(error).toMatchObject({ code: "JOB_NOT_READY" });
    expect(await readdir(folder)).toEqual([]);
  });

  it("begins no file for an export that is not there", async () => {
    const { client, job } = await serveExport({ outcome: "missing-object" });
    const folder = await emptyFolder();
    const error = await rejection(saveExport(client, job, join(folder, "users")));
    expect(error).toMatchObject({ code: "ARTIFACT_MISSING" });
    expect(await readdir(folder)).toEqual([]);
  });

  it("rejects with the reason of a signal that was aborted before", async () => {
    const { client, job } = await serveExport();
    const folder = await emptyFolder();
    const reason = new Error("never mind");
    const signal = AbortSignal.abort(reason);
    expect(await rejection(saveExport(client, job, join(folder, "users"), { signal }))).toBe(reason);
    expect(await readdir(folder)).toEqual([]);
  });
});
