import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type SavedExport, type SaveFormat, type SaveOptions, saveExport } from "exportkit/node";
import { describe, expect, it } from "vitest";
import fc from "../support/fast-check.js";
import { rejection } from "../support/outcome.js";
import { runs } from "../support/runs.js";
import { emptyFolder, filesIn, serveExport } from "./served-export.js";
import { type ServedReport, serveReport } from "./served-report.js";

const formats: readonly SaveFormat[] = ["raw", "ndjson", "csv"];
const stores = (["strong", "weak", "none"] as const).flatMap((etag) =>
  (["honour", "ignore"] as const).map((ranges) => ({ etag, ranges })),
);

/** Saves until so many bytes are in the file, and stops there; `checkpointEvery` as often as can be. */
async function saveUntil(
  { client, job }: ServedReport,
  path: string,
  stop: number,
  options: SaveOptions,
): Promise<SavedExport | "stopped"> {
  const controller = new AbortController();
  const reason = new Error("enough for now");
  const outcome = await saveExport(client, job, path, {
    ...options,
    checkpointEvery: { bytes: 0, ms: 0 },
    signal: controller.signal,
    onProgress: ({ bytesWritten }) => {
      if (bytesWritten >= stop) controller.abort(reason);
    },
  }).catch((error: unknown) => {
    if (error !== reason) throw error;
    return "stopped" as const;
  });
  return outcome;
}

describe.each(stores)("with etag $etag from a store that will $ranges ranges", ({ etag, ranges }) => {
  it.each(formats)("a save as %s that is stopped and cut anywhere ends as the same file", async (format) => {
    const report = await serveReport({ etag, ranges });
    const expected = await report.reference(format);
    const sha256 = createHash("sha256").update(expected).digest("hex");
    const folder = await emptyFolder();
    const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const cases = fc.record({
      stops: fc.array(place, { maxLength: 2 }),
      // No more than one run gets over by restarting.
      cuts: fc.array(place, { maxLength: 3 }),
      after: fc.nat(3),
    });
    const proves = etag === "strong" || format !== "raw";
    let run = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ({ stops, cuts, after }) => {
        const path = join(folder, `report-${run++}`);
        report.emulator.faults.clear();
        for (const cut of cuts) {
          const afterBytes = 1 + Math.floor(cut * (expected.length / 2));
          report.emulator.faults.add({ on: "artifact", after, fault: { type: "drop", afterBytes } });
        }
        let saved: SavedExport | "stopped" = "stopped";
        for (const stop of [...stops.toSorted((a, b) => a - b), 2]) {
          saved = await saveUntil(report, path, stop * expected.length, { format });
          expect((await readdir(folder)).includes(`report-${run - 1}`)).toBe(saved !== "stopped");
        }
        expect((await readFile(path)).equals(expected)).toBe(true);
        expect(saved).toMatchObject({ bytes: expected.length, sha256 });
        if (cuts.length === 0) expect(saved).toMatchObject({ resumed: proves && stops.length > 0 });
        if (format !== "raw") expect(saved).toMatchObject({ records: 608 });
      }),
      { numRuns: runs(2) },
    );
    expect((await readdir(folder)).every((name) => /^report-\d+$/.test(name))).toBe(true);
  });

  it.each(formats)("a part as %s is never completed with another file", async (format) => {
    const report = await serveReport({ etag, ranges });
    const path = join(await emptyFolder(), "report");
    const { length } = await report.reference(format);
    expect(await saveUntil(report, path, length / 2, { format })).toBe("stopped");
    report.emulator.changeFiles();
    const expected = await report.reference(format);
    if (format === "raw") expect(expected.length, "states of one length").toBe(length);
    const again = saveExport(report.client, report.job, path, { format });
    if (etag === "strong") {
      expect(await rejection(again)).toMatchObject({ code: "ARTIFACT_CHANGED", retryable: false });
      return;
    }
    // Its store never said that it would stay the same.
    expect(await again).toMatchObject({ resumed: false, bytes: expected.length });
    expect((await readFile(path)).equals(expected)).toBe(true);
  });
});

describe("a raw save that nothing proves", () => {
  it("restarts in its own run, and tells that it does", async () => {
    const report = await serveReport({ etag: "none" });
    const path = join(await emptyFolder(), "report");
    const expected = await report.reference("raw");
    const cuts = [100_000, 200_000, 150_000];
    for (const afterBytes of cuts)
      report.emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes } });
    const written: number[] = [];
    const saved = await saveExport(report.client, report.job, path, {
      onProgress: ({ bytesWritten, bytesRead, totalBytes }) => {
        expect(bytesRead).toBe(bytesWritten);
        expect(totalBytes).toBe(expected.length);
        written.push(bytesWritten);
      },
    });
    expect(saved).toMatchObject({ resumed: false, bytes: expected.length });
    expect((await readFile(path)).equals(expected)).toBe(true);
    const tops = written.filter((bytes, index) => bytes > (written[index + 1] ?? 0));
    expect(tops).toEqual([...cuts, expected.length]);
  });

  it("gives up after restarting three times, and the next call begins again", async () => {
    const report = await serveReport({ etag: "weak" });
    const folder = await emptyFolder();
    const path = join(folder, "report");
    report.emulator.faults.add({ on: "artifact", times: 5, fault: { type: "drop", afterBytes: 100_000 } });
    const error = await rejection(saveExport(report.client, report.job, path));
    expect(error).toMatchObject({
      code: "ARTIFACT_CHANGED",
      retryable: true,
      details: { path },
      cause: { cause: { code: "NETWORK" } },
    });
    expect((error as Error).message).toMatch(/4 times .*: its store names no strong validator/);
    expect((error as Error).message).not.toContain("restart");
    expect(report.emulator.faults.remaining).toBe(1);
    expect(Object.keys(await filesIn(folder))).toEqual(["report.part", "report.part.json"]);
    const saved = await saveExport(report.client, report.job, path);
    expect(saved.resumed).toBe(false);
    expect(report.emulator.faults.remaining).toBe(0);
    expect((await readFile(path)).equals(await report.reference("raw"))).toBe(true);
  });

  it("keeps the part where the vendor cannot be reached to restart", async () => {
    const report = await serveReport({ etag: "none" }, { retries: 0 });
    const folder = await emptyFolder();
    const path = join(folder, "report");
    expect(await saveUntil(report, path, 100_000, {})).toBe("stopped");
    const before = await readFile(`${path}.part`);
    report.emulator.faults.add({ on: "artifact", fault: { type: "status", status: 503 } });
    const error = await rejection(saveExport(report.client, report.job, path));
    expect(error).toMatchObject({ code: "PROVIDER_UNAVAILABLE", retryable: true });
    expect((await readFile(`${path}.part`)).equals(before)).toBe(true);
  });

  it("over real sockets ends whole all the same", async () => {
    const report = await serveReport({ etag: "none", ranges: "ignore" }, { sockets: true });
    const path = join(await emptyFolder(), "report");
    const expected = await report.reference("raw");
    const fault = { type: "drop", afterBytes: 150_000 } as const;
    report.emulator.faults.add({ on: "artifact", times: 2, fault });
    expect(await saveExport(report.client, report.job, path)).toMatchObject({ resumed: false });
    expect(report.emulator.faults.remaining).toBe(0);
    expect((await readFile(path)).equals(expected)).toBe(true);
  });
});

it("a store that has ranges no more, with a strong tag, is skipped forward and not restarted", async () => {
  const report = await serveReport({ etag: "strong", ranges: "ignore" });
  const path = join(await emptyFolder(), "report");
  const expected = await report.reference("raw");
  report.emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 150_000 } });
  expect(await saveUntil(report, path, 250_000, {})).toBe("stopped");
  let lowest = Number.POSITIVE_INFINITY;
  const saved = await saveExport(report.client, report.job, path, {
    onProgress: ({ bytesWritten }) => {
      lowest = Math.min(lowest, bytesWritten);
    },
  });
  expect(saved).toMatchObject({ resumed: true, bytes: expected.length });
  expect(lowest).toBeGreaterThanOrEqual(250_000);
  expect((await readFile(path)).equals(expected)).toBe(true);
  const asked = report.emulator.requests.filter(({ range }) => range !== undefined && range !== "");
  expect(asked.length).toBeGreaterThan(1);
});

it("rows of an archive exchanged in the middle of a run are not saved beside those of the first", async () => {
  for (const after of [3, 4, 5]) {
    const report = await serveReport({ etag: "none" });
    const path = join(await emptyFolder(), "report");
    report.emulator.faults.add({ on: "artifact", after, fault: { type: "change" } });
    const saved = await saveExport(report.client, report.job, path, { format: "ndjson" });
    expect(report.emulator.faults.remaining, `request ${after}`).toBe(0);
    expect(saved).toMatchObject({ records: 608, resumed: false });
    expect((await readFile(path)).equals(await report.reference("ndjson"))).toBe(true);
  }
});

it.each(formats)("text from a store without validators is restarted as well, as %s", async (format) => {
  for (const source of ["ndjson", "csv"] as const) {
    const { client, job, emulator, reference } = await serveExport({
      source,
      etag: "none",
      lastModified: false,
      sockets: false,
    });
    const path = join(await emptyFolder(), "users");
    const expected = await reference(format);
    const fault = { type: "drop", afterBytes: 60_000 } as const;
    emulator.faults.add({ on: "artifact", times: 2, fault });
    const saved = await saveExport(client, job, path, { format });
    expect(emulator.faults.remaining).toBe(0);
    expect(emulator.requests.every(({ range }) => !range)).toBe(true);
    expect(saved).toMatchObject({ resumed: false, bytes: expected.length });
    expect((await readFile(path)).equals(expected)).toBe(true);
  }
});
