import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type SavedExport, type SaveFormat, saveExport } from "exportkit/node";
import { describe, expect, it } from "vitest";
import fc from "../support/fast-check.js";
import { rejection } from "../support/outcome.js";
import { runs } from "../support/runs.js";
import { emptyFolder, serveExport } from "./served-export.js";

const formats: readonly SaveFormat[] = ["raw", "ndjson", "csv"];

describe.each(["ndjson", "csv"] as const)("a save of a %s export", (source) => {
  it.each(formats)(
    "as %s, aborted anywhere and as often as you like, ends as the same file",
    async (format) => {
      const { client, job, emulator, reference } = await serveExport({ source, chunkBytes: 4_096 });
      const folder = await emptyFolder();
      const expected = await reference(format);
      const sha256 = createHash("sha256").update(expected).digest("hex");
      const place = fc.double({ min: 0, max: 1, noNaN: true });
      const every = fc.constantFrom(0, 3_000, 50_000, 10_000_000);
      let run = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(place, { maxLength: 4 }),
          every,
          fc.boolean(),
          async (places, bytes, cut) => {
            const path = join(folder, `users-${run++}`);
            const checkpointEvery = { bytes, ms: 1e9 };
            if (cut)
              emulator.faults.add({ on: "artifact", times: 2, fault: { type: "drop", afterBytes: 30_000 } });
            const reason = new Error("enough for now");
            const stops = [...places.toSorted((a, b) => a - b), Number.POSITIVE_INFINITY];
            let outcome: unknown = reason;
            for (let runs = 0; outcome === reason; runs++) {
              const controller = new AbortController();
              const stop = expected.byteLength * (stops[runs] ?? 0);
              const onProgress = ({ bytesWritten }: { readonly bytesWritten: number }) => {
                if (bytesWritten >= stop) controller.abort(reason);
              };
              const { signal } = controller;
              outcome = await saveExport(client, job, path, {
                format,
                checkpointEvery,
                signal,
                onProgress,
              }).catch((error: unknown) => error);
              expect((await readdir(folder)).includes(basename(path))).toBe(outcome !== reason);
            }
            emulator.faults.clear();
            const saved = outcome as SavedExport;
            expect((await readFile(path)).equals(expected)).toBe(true);
            expect(saved).toMatchObject({ bytes: expected.byteLength, sha256, resumed: places.length > 0 });
            expect(saved.records).toBe(format === "raw" ? undefined : 500);
          },
        ),
        { numRuns: runs(6) },
      );
      expect((await readdir(folder)).every((name) => /^users-\d+$/.test(name))).toBe(true);
    },
  );
});

describe("a continued save", () => {
  it("downloads what is missing and no more", async () => {
    const { client, job, emulator, reference } = await serveExport({ users: 2_000 });
    const path = join(await emptyFolder(), "users");
    const expected = await reference("raw");
    const controller = new AbortController();
    let kept = 0;
    const onProgress = ({ bytesWritten }: { readonly bytesWritten: number }) => {
      kept = bytesWritten;
      if (bytesWritten > expected.byteLength / 2) controller.abort();
    };
    await rejection(saveExport(client, job, path, { signal: controller.signal, onProgress }));
    await saveExport(client, job, path);
    const request = emulator.requests.findLast(({ operation }) => operation === "artifact");
    expect(request?.range).toBe(`bytes=${kept}-`);
    expect(request?.bytes).toBe(expected.byteLength - kept);
  });

  it("resumes after the failure of a provider", async () => {
    const { client, job, emulator, reference } = await serveExport({
      sockets: false,
      settings: { retry: { retries: 0, minDelayMs: 1, maxDelayMs: 1 } },
    });
    const path = join(await emptyFolder(), "users.csv");
    emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 100_000 } });
    emulator.faults.add({ on: "artifact", fault: { type: "status", status: 503 } });
    const error = await rejection(saveExport(client, job, path, { format: "csv" }));
    expect(error).toMatchObject({ code: "PROVIDER_UNAVAILABLE", retryable: true });
    const saved = await saveExport(client, job, path, { format: "csv" });
    expect(saved.resumed).toBe(true);
    expect((await readFile(path)).equals(await reference("csv"))).toBe(true);
  });

  it("counts over all runs", async () => {
    const { client, job, reference } = await serveExport();
    const path = join(await emptyFolder(), "users.csv");
    const controller = new AbortController();
    const stop = ({ records }: { readonly records: number }) => {
      if (records > 250) controller.abort();
    };
    const { signal } = controller;
    await rejection(saveExport(client, job, path, { format: "csv", signal, onProgress: stop }));
    let last = { records: 0, bytesRead: 0, bytesWritten: 0 };
    await saveExport(client, job, path, {
      format: "csv",
      onProgress: (progress) => {
        last = progress;
      },
    });
    const total = (await reference("raw")).byteLength;
    expect(last.records).toBe(500);
    expect(last.bytesWritten).toBe((await reference("csv")).byteLength);
    // What lay between the last record and the end of the run is read twice.
    expect(last.bytesRead).toBeGreaterThanOrEqual(total);
    expect(last.bytesRead).toBeLessThan(total + 20_000);
  });
});
