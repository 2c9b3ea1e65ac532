import { renameSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { saveExport } from "exportkit/node";
import { beforeEach, describe, expect, it } from "vitest";
import { rejection } from "../support/outcome.js";
import { emptyFolder, filesIn, type ServedExport, serveExport } from "./served-export.js";

let served: ServedExport;
let folder: string;
let path: string;

/** Saves, and does something to the files in the middle of it. */
function saveWhile(act: () => void, checkpointEvery = { bytes: 1e9, ms: 1e9 }) {
  let done = false;
  const onProgress = ({ bytesWritten }: { readonly bytesWritten: number }) => {
    // What is still on its way to the disk nobody can tamper with.
    const onDisk = statSync(`${path}.part`, { throwIfNoEntry: false })?.size ?? 0;
    if (done || bytesWritten < 200_000 || onDisk === 0) return;
    done = true;
    act();
  };
  return saveExport(served.client, served.job, path, { onProgress, checkpointEvery });
}

beforeEach(async () => {
  // Large enough for a part of it to be on the disk before its end.
  served = await serveExport({ sockets: false, users: 3_000 });
  folder = await emptyFolder();
  path = join(folder, "users");
});

describe.each([
  ["only at the end", { bytes: 1e9, ms: 1e9 }],
  ["at every chunk", { bytes: 0, ms: 0 }],
])("a part to which another program does something, checked %s,", (_, every) => {
  it.each<[string, () => void, string]>([
    ["emptied", () => truncateSync(`${path}.part`, 0), "bytes long"],
    ["cut in the middle", () => truncateSync(`${path}.part`, 5_000), "bytes long"],
    ["overwritten by less", () => writeFileSync(`${path}.part`, "mine"), "bytes long"],
    ["made longer", () => truncateSync(`${path}.part`, 50_000_000), "bytes long"],
    ["removed", () => rmSync(`${path}.part`), "was removed or renamed"],
    ["renamed", () => renameSync(`${path}.part`, `${path}.old`), "was removed or renamed"],
    [
      "replaced",
      () => {
        writeFileSync(`${path}.new`, "mine");
        renameSync(`${path}.new`, `${path}.part`);
      },
      "was replaced by another file",
    ],
  ])("is never published with the hash of the download: %s", async (_what, act, words) => {
    const error = await rejection(saveWhile(act, every));
    expect(error).toMatchObject({
      code: "INTEGRITY",
      retryable: true,
      details: { reason: "part-changed", path, part: `${path}.part` },
    });
    expect((error as Error).message).toContain(words);
    expect((error as Error).message).toContain("call saveExport again");
    expect(Object.keys(await filesIn(folder))).not.toContain("users");
    await saveExport(served.client, served.job, path);
    expect((await readFile(path)).equals(await served.reference("raw"))).toBe(true);
  });
});

describe("a folder that is deleted under way", () => {
  it.each([
    ["only at the end", { bytes: 1e9, ms: 1e9 }],
    ["at every chunk", { bytes: 0, ms: 0 }],
  ])("is said to be gone, checked %s", async (_, every) => {
    const error = await rejection(saveWhile(() => rmSync(folder, { recursive: true }), every));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { path, systemCode: "ENOENT" } });
    expect((error as Error).message).toContain(
      "the folder does not exist, or no longer exists: create it first",
    );
    await mkdir(folder);
    await saveExport(served.client, served.job, path);
  });
});

describe("overwrite", () => {
  it.each(["a link to a file", "a link to nowhere", "a link to a device", "a folder"])(
    "never replaces what is no regular file: %s",
    async (what) => {
      const elsewhere = join(folder, "elsewhere");
      if (what === "a link to a file") writeFileSync(elsewhere, "mine");
      if (what === "a folder") await mkdir(path);
      else await symlink(what === "a link to a device" ? "/dev/null" : elsewhere, path);
      const sent = served.emulator.requests.length;
      const error = await rejection(saveExport(served.client, served.job, path, { overwrite: true }));
      expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { path, reason: "special" } });
      expect(served.emulator.requests.length).toBe(sent);
    },
  );

  it("resumes a leftover of the same job, and throws any other away and says so", async () => {
    const { client, job } = served;
    await rejection(
      saveWhile(() => {
        throw new Error("killed");
      }),
    );
    const other = await served.another();
    expect(await rejection(saveExport(client, other, path))).toMatchObject({ code: "JOB_INVALID" });
    const saved = await saveExport(client, other, path, { overwrite: true });
    expect(saved).toMatchObject({ jobId: other.id, createdAt: other.createdAt, resumed: false });
    expect(saved.discarded).toMatchObject({ jobId: job.id, bytes: expect.any(Number) });
    expect(saved.discarded?.bytes).toBeGreaterThan(100_000);

    const half = saveExport(client, job, path, {
      overwrite: true,
      onProgress: () => {
        throw new Error("killed");
      },
    });
    await rejection(half);
    const resumed = await saveExport(client, job, path, { overwrite: true });
    expect(resumed).toMatchObject({ jobId: job.id, resumed: true });
    expect(resumed).not.toHaveProperty("discarded");
  });

  it("restarts a leftover whose export is no longer the one that was started", async () => {
    await rejection(
      saveWhile(() => {
        throw new Error("killed");
      }),
    );
    served.emulator.changeObjects();
    const saved = await saveExport(served.client, served.job, path, { overwrite: true });
    expect(saved).toMatchObject({ resumed: false, discarded: { jobId: served.job.id } });
  });
});
