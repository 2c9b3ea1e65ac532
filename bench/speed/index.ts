// exportkit beside what else does the same work, in one process and in turns: npm run bench [-- [part of a name] [rounds]]
// Whole runs are kept in bench/results/.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { checkpointing, prefetchingPages, readingPages } from "./pages.ts";
import { readingCsv, readingNdjson } from "./reading.ts";
import { versions } from "./rivals.ts";
import { compare, type Row, type Work } from "./rounds.ts";
import { type Start, startUp } from "./start-up.ts";
import { readingXlsx } from "./workbooks.ts";
import { saving, writing } from "./writing.ts";

const [only = "", given = "15"] = process.argv.slice(2);
const rounds = Number(given);
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const rows: Row[] = [];
const measure = async (work: Work, times = rounds, warmUp = 10) => {
  for (const row of await compare(work, times, warmUp)) {
    rows.push(row);
    console.log(lineOf(row));
  }
};
const works: { readonly [name: string]: () => Promise<void> } = {
  ndjson: async () => measure(await readingNdjson()),
  csv: async () => measure(await readingCsv()),
  "xlsx inline": async () => measure(await readingXlsx("inline")),
  "xlsx shared": async () => measure(await readingXlsx("shared")),
  "encode csv": async () => measure(await writing("csv")),
  "encode ndjson": async () => measure(await writing("ndjson")),
  save: () => saving(100, (work) => measure(work, Math.ceil(rounds / 2), 2)),
  "zephr wall": async () => measure(await prefetchingPages(), Math.ceil(rounds / 3), 2),
  "zephr cpu": async () => measure(await readingPages()),
  "checkpoint ndjson": async () => measure(await checkpointing("NDJSON")),
  "checkpoint csv": async () => measure(await checkpointing("CSV")),
  "checkpoint zephr": async () => measure(await checkpointing("Zephr's pages of 500")),
};

console.log(`${"work".padEnd(56)} ${"against".padEnd(36)} ratio  (quartiles)       ours and theirs, ms`);
for (const [name, run] of Object.entries(works)) if (name.includes(only)) await run();

let starts: readonly Start[] = [];
if ("start-up".includes(only)) {
  starts = startUp(rounds);
  const bare = starts[0]?.wall ?? 0;
  console.log("\nstart-up                    wall, ms   above bare Node   processor, ms");
  for (const { name, wall, cpu } of starts) {
    const cells = [
      wall.toFixed(0).padStart(8),
      (wall - bare).toFixed(0).padStart(17),
      cpu.toFixed(0).padStart(15),
    ];
    console.log(`${name.padEnd(28)}${cells.join(" ")}`);
  }
}

type Sizes = { readonly [name: string]: number };
let many: { readonly exportkit: Sizes; readonly bare: Sizes } | undefined;
if ("many".includes(only)) {
  const read = (...way: readonly string[]): Sizes => {
    const args = ["--expose-gc", here("./many.ts"), "1000", ...way];
    const sizes: Sizes = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
    const mib = (name: string) => `${((sizes[name] ?? 0) / 2 ** 20).toFixed(0)} MiB`;
    const what = way.length > 0 ? "by fetch and JSON.parse alone" : "by exportkit";
    console.log(
      `1,000 downloads at once ${what}: RSS ${mib("during")}, read to their ends ${mib("most")}, live heap ${mib("heap")}, before them ${mib("before")}`,
    );
    return sizes;
  };
  console.log();
  many = { exportkit: read(), bare: read("bare") };
}

if (only === "") {
  const { dependencies } = JSON.parse(readFileSync(here("../../package.json"), "utf8"));
  const [cpu] = cpus();
  const machine = {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    processor: `${cpus().length} x ${cpu?.model.trim()}`,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    load: loadavg().map((load) => Number(load.toFixed(1))),
    versions: { ...dependencies, ...versions },
  };
  mkdirSync(here("../results"), { recursive: true });
  writeFileSync(
    here("../results/latest.json"),
    `${JSON.stringify({ machine, rounds, rows, starts, many }, null, 2)}\n`,
  );
  execFileSync("biome", ["format", "--write", here("../results/latest.json")]);
}

function lineOf({ work, against, by, ratio, quartiles: [low, high], ours, theirs }: Row): string {
  const name = by === "wall" ? `${work}, on the wall` : work;
  const spread = `(${low.toFixed(2)} to ${high.toFixed(2)})`.padEnd(16);
  return `${name.padEnd(56)} ${against.padEnd(36)} ${ratio.toFixed(2)}   ${spread}  ${ours.toFixed(0)} and ${theirs.toFixed(0)}`;
}
