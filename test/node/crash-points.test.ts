import type * as Fs from "node:fs/promises";
import { access, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type SaveFormat, saveExport } from "exportkit/node";
import { describe, expect, it, vi } from "vitest";
import { rejection } from "../support/outcome.js";
import { Crash, type FaultyDisk } from "./faulty-disk.js";
import { emptyFolder, serveExport } from "./served-export.js";

const shared = vi.hoisted((): { disk?: FaultyDisk } => ({}));

vi.mock("node:fs/promises", async (original) => {
  const { createFaultyDisk } = await import("./faulty-disk.js");
  shared.disk = createFaultyDisk(await original<typeof Fs>());
  return { ...shared.disk.fs, default: shared.disk.fs };
});

function disk(): FaultyDisk {
  if (!shared.disk) throw new Error("node:fs/promises was not replaced");
  return shared.disk;
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

describe.each([
  ["the process dies", false],
  ["the power fails", true],
] as const)("wherever %s", (_what, powerFails) => {
  it.each<[SaveFormat, boolean]>([
    ["raw", false],
    ["ndjson", false],
    ["csv", true],
  ])(
    "a save as %s (overwrite: %s) ends as the same file",
    async (format, overwrite) => {
      const { client, job, reference } = await serveExport({
        users: 60,
        sockets: false,
        chunkBytes: 12_500,
      });
      const expected = await reference(format);
      const folder = await emptyFolder();
      const checkpointEvery = { bytes: 0, ms: 0 };
      let crashes = 0;
      let continued = 0;
      for (let operations = 0; ; operations++) {
        const path = join(folder, `users-${operations}`);
        if (overwrite) await disk().fs.writeFile(path, "old");
        disk().arm(operations);
        const first = await saveExport(client, job, path, { format, overwrite, checkpointEvery }).then(
          () => undefined,
          (error: unknown) => error,
        );
        const log = disk().log;
        if (!disk().disarm()) {
          expect(first).toBeUndefined();
          break;
        }
        crashes += 1;
        if (powerFails) await disk().losePower();
        // A process that is really dead is known to be; this one lives on.
        for (const name of await readdir(folder)) if (name.includes(".lock-")) await rm(join(folder, name));

        // A part without its state would be nobody's.
        if (await exists(`${path}.part`)) expect(await exists(`${path}.part.json`), log.at(-1)).toBe(true);
        const before = (await exists(path)) ? await readFile(path) : undefined;
        const isOld = overwrite && before?.toString() === "old";
        expect(before === undefined || isOld || before.equals(expected), log.at(-1)).toBe(true);
        const claim = await readFile(`${path}.part.json`, "utf8").then(JSON.parse, () => undefined);
        if (before?.equals(expected) && !claim && !overwrite) {
          const error = await rejection(saveExport(client, job, path, { format }));
          expect(error).toMatchObject({ details: { reason: "exists" } });
        } else {
          if (first) expect(first, log.at(-1)).toBeInstanceOf(Crash);
          const saved = await saveExport(client, job, path, { format, overwrite, checkpointEvery });
          expect(saved.resumed, log.at(-1)).toBe((claim?.bytes ?? 0) > 0);
          if (saved.resumed) continued += 1;
        }
        expect((await readFile(path)).equals(expected), log.at(-1)).toBe(true);
        expect((await readdir(folder)).filter((name) => name.startsWith(`users-${operations}.`))).toEqual([]);
      }
      expect(crashes).toBeGreaterThan(40);
      expect(continued).toBeGreaterThan(15);
    },
    120_000,
  );
});

it("a run that only tidies up after another may die as well", async () => {
  const { client, job, reference } = await serveExport({ users: 20, sockets: false });
  const expected = await reference("raw");
  const folder = await emptyFolder();
  for (let operations = 0; ; operations++) {
    const path = join(folder, `users-${operations}`);
    // Ended after the part got its second name, and before it lost the first.
    disk().refuse((operation) => (operation.startsWith("unlink ") ? "EIO" : undefined));
    await rejection(saveExport(client, job, path));
    disk().refuse(undefined);
    expect((await readFile(path)).equals(expected)).toBe(true);
    expect(await exists(`${path}.part`)).toBe(true);

    disk().arm(operations);
    const tidied = await saveExport(client, job, path).catch((error: unknown) => error);
    const died = disk().disarm();
    for (const name of await readdir(folder)) if (name.includes(".lock-")) await rm(join(folder, name));
    if (await exists(`${path}.part`)) expect(await exists(`${path}.part.json`)).toBe(true);
    if (await exists(`${path}.part.json`)) await saveExport(client, job, path);
    expect((await readdir(folder)).filter((name) => name.startsWith(`users-${operations}.`))).toEqual([]);
    if (died) continue;
    expect(tidied).toMatchObject({ path, bytes: expected.byteLength, resumed: true });
    break;
  }
});
