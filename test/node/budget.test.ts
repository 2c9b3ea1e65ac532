import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createBudget } from "exportkit";
import { type SavedExport, type SaveFormat, saveExport } from "exportkit/node";
import { describe, expect, it } from "vitest";
import { rejection } from "../support/outcome.js";
import { emptyFolder, serveExport } from "./served-export.js";

describe("a save under a budget", () => {
  it.each<SaveFormat>(["raw", "ndjson", "csv"])(
    "as %s resumes from call to call until the file is whole",
    async (format) => {
      const { client, job, emulator, reference } = await serveExport({ users: 600, sockets: false });
      const expected = await reference(format);
      const folder = await emptyFolder();
      const path = join(folder, "users");
      // Each request brings a part of the file, and each call has as many as it takes to get one.
      emulator.faults.add({ on: "artifact", times: 4, fault: { type: "drop", afterBytes: 90_000 } });
      let saved: SavedExport | undefined;
      for (let calls = 1; !saved; calls++) {
        expect(calls).toBeLessThan(10);
        const sent = emulator.requests.length;
        const outcome = await saveExport(client, job, path, { format, budget: { requests: 2 } }).catch(
          (error: unknown) => error,
        );
        expect(emulator.requests.length - sent).toBeLessThanOrEqual(2);
        if (outcome instanceof Error) {
          expect(outcome).toMatchObject({
            code: "TIMEOUT",
            retryable: true,
            details: { budget: "requests" },
          });
          expect(await readdir(folder)).not.toContain("users");
        } else saved = outcome as SavedExport;
      }
      expect(saved).toMatchObject({ bytes: expected.byteLength, resumed: true });
      expect((await readFile(path)).equals(expected)).toBe(true);
      expect(await readdir(folder)).toEqual(["users"]);
    },
  );

  it("that is spent already makes no file, and one that is wrong no request", async () => {
    const { client, job, emulator } = await serveExport({ sockets: false });
    const folder = await emptyFolder();
    const path = join(folder, "users");
    const sent = emulator.requests.length;
    const spent = createBudget({ requests: 0 });
    expect(await rejection(saveExport(client, job, path, { budget: spent }))).toMatchObject({
      code: "TIMEOUT",
    });
    const wrong = { budget: { deadline: 25_000 } };
    expect(await rejection(saveExport(client, job, path, wrong))).toMatchObject({
      code: "CONFIG_INVALID",
      details: { field: "deadline" },
    });
    expect(emulator.requests.length).toBe(sent);
    expect(await readdir(folder)).not.toContain("users");
  });
});
