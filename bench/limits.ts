// What exportkit costs in things that no load of the machine changes, held to bench/limits.json with a tenth to spare:
// requests sent, modules loaded, bytes allocated for each record (see bench/sizes.json for bundles).
//
//   node bench/limits.ts           prints the figures beside the limits, and fails where one is above
//   node bench/limits.ts --write   makes today's figures the baseline
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const SPARE = 1.1;
const file = fileURLToPath(new URL("limits.json", import.meta.url));
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// So large a nursery is never collected, so that what is used is all that was allocated.
const uncollected = ["--expose-gc", "--min-semi-space-size=128", "--max-semi-space-size=128"];
const run = (...args: string[]): { readonly [name: string]: number } =>
  JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }).trim().split("\n").at(-1) ?? "");

const measured = {
  ...run(...uncollected, here("speed/allocated.ts")),
  ...run(here("speed/loaded.ts"), "exportkit"),
  ...run(here("speed/loaded.ts"), "exportkit", "exportkit/authgear"),
  ...run(here("speed/loaded.ts"), "--version"),
};

if (process.argv.includes("--write")) {
  await writeFile(file, `${JSON.stringify(measured, null, 2)}\n`);
} else {
  const limits = JSON.parse(await readFile(file, "utf8")) as { readonly [name: string]: number };
  let failed = false;
  for (const [name, figure] of Object.entries(measured)) {
    // A request more is one too many.
    const limit = Math.ceil((limits[name] ?? 0) * (name.startsWith("requests") ? 1 : SPARE));
    const isAbove = figure > limit;
    failed ||= isAbove;
    console.log(`${name.padEnd(52)} ${String(figure).padStart(7)} of ${limit}${isAbove ? "  TOO MUCH" : ""}`);
  }
  if (failed) process.exitCode = 1;
}
