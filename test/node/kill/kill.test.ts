import { createHash } from "node:crypto";
import { appendFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SaveFormat } from "exportkit/node";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { bundleProgram } from "../bundle-program.js";
import { emptyFolder } from "../served-export.js";
import { killSetups } from "./kill-setups.js";
import { seededRandom } from "./random.js";
import { type KillMoment, runChild } from "./run-child.js";

// `npm run test:kills` kills each save more often, and keeps what FAULTS.md tells.
const { EXPORTKIT_KILLS } = process.env;
const KILLS = Number(EXPORTKIT_KILLS ?? 2);
const SEED = 20_261_122;
const formats: readonly SaveFormat[] = ["raw", "ndjson", "csv"];

/** What was survived, as FAULTS.md tells it. How many files it took hangs on the moments, so that stands in no document. */
const survivals: { provider: string; format: SaveFormat; kills: number; bytes: number }[] = [];

let program: string;

beforeAll(async () => {
  const bundled = await bundleProgram("kill/save-child.ts");
  program = bundled.path;
  return bundled.remove;
});

/** How many bytes of a part are proven. */
async function claimAt(path: string): Promise<number> {
  const state = await readFile(`${path}.part.json`, "utf8").catch(() => '{"bytes":0}');
  return (JSON.parse(state) as { readonly bytes: number }).bytes;
}

describe.each(killSetups)("an export of $provider", ({ provider, serve }) => {
  it.each(formats)(
    `saved as %s by a program that is killed ${KILLS} times is the same file`,
    async (format) => {
      const { options, job, reference, close } = await serve();
      onTestFinished(close);
      const expected = await reference(format);
      const sha256 = createHash("sha256").update(expected).digest("hex");
      const folder = await emptyFolder();
      const random = seededRandom(SEED + formats.indexOf(format));
      const wholeAt = async (path: string): Promise<boolean> => {
        const written = await readFile(path).catch(() => undefined);
        // Half a file under the final name would be the worst of all.
        expect(written === undefined || written.equals(expected)).toBe(true);
        return written !== undefined;
      };

      let kills = 0;
      let survived = 0;
      let claimed = 0;
      let files = 0;
      for (let told = 0; kills < KILLS || survived === 0 || told > 0 || files === 0; ) {
        const path = join(folder, `export-${files}`);
        const task = { provider, options, job, path, format };
        // Every other time by the clock, which also hits the child while it starts, hashes and cleans up.
        const ahead = (random() * (expected.byteLength - told)) / (Math.max(0, KILLS - kills) + 1);
        const byClock: KillMoment = { ms: random() * 400 };
        const byBytes: KillMoment = { bytes: told + ahead };
        // On a busy machine every kill may come too late or too early; then there are some more.
        const last = survived > 0 ? {} : byBytes;
        const moment = kills >= KILLS ? last : kills % 2 === 0 ? byClock : byBytes;
        const { killed, bytesWritten, result, errors } = await runChild(program, task, moment).ended;
        if (!killed && !result) throw new Error(`the child failed: ${errors}`);
        if (killed) kills += 1;
        told = Math.max(told, bytesWritten);
        if (!(await wholeAt(path))) {
          const claim = await claimAt(path);
          expect(claim).toBeGreaterThanOrEqual(claimed);
          if (claim > 0) survived += 1;
          claimed = claim;
          continue;
        }
        if (killed) {
          // Ended between giving the file its name and saying so: the next run tidies up.
          const again = await runChild(program, task).ended;
          if (!again.result) expect(again.errors).toContain("exists already");
        } else {
          expect(result).toMatchObject({ bytes: expected.byteLength, sha256 });
          if (claimed > 0) expect(result?.resumed).toBe(true);
        }
        expect((await readdir(folder)).filter((name) => name.startsWith(`export-${files}.`))).toEqual([]);
        files += 1;
        told = 0;
        claimed = 0;
      }
      survivals.push({ provider, format, kills: KILLS, bytes: expected.byteLength });
      const report = process.env.EXPORTKIT_KILL_REPORT;
      const line = { provider, format, kills, files, bytesCompared: files * expected.byteLength };
      if (report) await appendFile(report, `${JSON.stringify(line)}\n`);
    },
    120_000,
  );
});

it("the figures in the documentation are of these exports", async (context) => {
  context.skip(survivals.length < killSetups.length * formats.length, "not every case was run");
  if (EXPORTKIT_KILLS === undefined) {
    const told: typeof survivals = JSON.parse(
      await readFile(new URL("survived.json", import.meta.url), "utf8"),
    );
    const exports = (all: typeof survivals) => all.map(({ kills: _, ...which }) => which);
    expect(exports(told)).toEqual(exports(survivals));
    return;
  }
  // As the formatter has it, so that it leaves the file alone.
  const lines = survivals.map((survival) => `  ${JSON.stringify(survival, null, 1).replace(/\n */g, " ")}`);
  await expect(`[\n${lines.join(",\n")}\n]\n`).toMatchFileSnapshot("./survived.json");
});
