import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type SaveFormat, saveExport } from "exportkit/node";
import { describe, expect, it, onTestFinished } from "vitest";
import { rejection } from "../support/outcome.js";
import { emptyFolder, serveExport } from "./served-export.js";

/** A small disk of its own, where the system lets this process have one. */
async function smallDisk(kilobytes: number): Promise<{ readonly folder: string; grow(): void } | undefined> {
  const folder = await emptyFolder();
  const mount = (options: string) =>
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "ignore" });
  try {
    mount(`size=${kilobytes}k`);
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync("umount", ["--lazy", folder]));
  return { folder, grow: () => mount(`remount,size=${kilobytes * 100}k`) };
}

describe("on a disk that is too small", () => {
  it.for<SaveFormat>(["raw", "ndjson", "csv"])(
    "a save as %s resumes once there is room",
    async (format, { skip }) => {
      const disk = await smallDisk(4_000);
      if (!disk) return skip("mounting a disk is not permitted here");
      const { client, job, reference } = await serveExport({ users: 6_000 });
      const path = join(disk.folder, "users");
      const options = { format, checkpointEvery: { bytes: 20_000, ms: 1e9 } };
      const expected = await reference(format);
      let claimed = 0;
      for (let run = 0; run < 3; run++) {
        const error = await rejection(saveExport(client, job, path, options));
        expect(error).toMatchObject({ code: "LIMIT_EXCEEDED", details: { path, systemCode: "ENOSPC" } });
        const { bytes } = JSON.parse(await readFile(`${path}.part.json`, "utf8")) as { bytes: number };
        expect(bytes).toBeGreaterThanOrEqual(Math.max(claimed, 1));
        claimed = bytes;
      }
      disk.grow();
      expect(await saveExport(client, job, path, options)).toMatchObject({ resumed: true });
      expect((await readFile(path)).equals(expected)).toBe(true);
    },
  );
});
