// The reader of workbooks beside python-calamine, which is native code, in turns: npm run bench:calamine [-- rows [rounds]]
// Needs Python 3 with python-calamine (`pip install python-calamine`); PYTHON names another Python than python3.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { xlsx } from "exportkit/provider";
import { fileArtifact } from "./file-artifact.ts";
import { quantile } from "./speed/rounds.ts";
import { writeWorkbook } from "./xlsx-workbook.ts";

const [rows = "50000", rounds = "9"] = process.argv.slice(2);
const python = process.env.PYTHON ?? "python3";

// It stays, so that its start does not count: for each path a line with the rows and the seconds of its processor.
const reader = `
import sys, time
from python_calamine import CalamineWorkbook
for line in sys.stdin:
    begun = time.process_time()
    count = sum(1 for _ in CalamineWorkbook.from_path(line.strip()).get_sheet_by_index(0).to_python())
    print(count, time.process_time() - begun, flush=True)
`;

const found = spawnSync(python, ["-c", "import python_calamine"], { encoding: "utf8" });
if (found.status !== 0) {
  const why = found.error ? `${python} cannot be started` : `${python} has no python_calamine`;
  console.error(`${why}: this needs Python 3 with python-calamine. pip install python-calamine`);
  process.exit(1);
}

const folder = await mkdtemp(join(tmpdir(), "exportkit-bench-"));
const calamine = spawn(python, ["-c", reader], { stdio: ["pipe", "pipe", "inherit"] });
const answers = createInterface({ input: calamine.stdout })[Symbol.asyncIterator]();
try {
  console.log(
    "work                            against          ratio  (quartiles)       ours and theirs, ms",
  );
  for (const strings of ["inline", "shared"]) {
    const path = join(folder, `${strings}.xlsx`);
    await writeWorkbook(path, Number(rows), strings === "shared");
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = -2; round < Number(rounds); round++) {
      const used = process.cpuUsage();
      const count = await readOurs(path);
      const { user, system } = process.cpuUsage(used);
      const other = await readTheirs(path);
      if (count !== other.count) throw new Error(`${count} rows came, and ${other.count} of calamine`);
      if (round < 0) continue;
      ours.push((user + system) / 1000);
      theirs.push(other.ms);
    }
    const ratios = ours.map((time, round) => time / (theirs[round] as number));
    const [low, middle, high, us, them] = [
      quantile(ratios, 0.25),
      quantile(ratios, 0.5),
      quantile(ratios, 0.75),
      quantile(ours, 0.5),
      quantile(theirs, 0.5),
    ];
    console.log(
      `read XLSX, ${rows} rows, ${strings}`.padEnd(31),
      `python-calamine  ${middle.toFixed(2)}   (${low.toFixed(2)} to ${high.toFixed(2)})`.padEnd(40),
      `${us.toFixed(0)} and ${them.toFixed(0)}`,
    );
  }
} finally {
  calamine.stdin.end();
  await once(calamine, "close");
  await rm(folder, { recursive: true });
}

async function readOurs(path: string): Promise<number> {
  const artifact = await fileArtifact(path);
  let count = 0;
  const decoded = xlsx({ headerRow: "none" }).decode(artifact, { maxBufferedBytes: 16 << 20 });
  for await (const { entries } of decoded) count += entries.length;
  await artifact.close();
  return count;
}

async function readTheirs(path: string): Promise<{ readonly count: number; readonly ms: number }> {
  calamine.stdin.write(`${path}\n`);
  const { value } = await answers.next();
  const [count, seconds] = String(value).split(" ").map(Number);
  return { count: count ?? 0, ms: (seconds ?? 0) * 1000 };
}
