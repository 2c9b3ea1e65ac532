// What it takes until a program has loaded: each start is a process of its own, in turns with a bare one.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { quantile } from "./rounds.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

const starts = {
  "bare Node": ["--input-type=module", "-e", "0"],
  core: ["--input-type=module", "-e", 'import "exportkit"'],
  "core and Authgear": ["--input-type=module", "-e", 'import "exportkit"; import "exportkit/authgear"'],
  "exportkit --version": ["dist/cli.js", "--version"],
  ky: ["--input-type=module", "-e", 'import "ky"'],
  "zod/mini": ["--input-type=module", "-e", 'import "zod/mini"'],
} as const;

export interface Start {
  readonly name: string;
  /** Medians, in milliseconds: on the wall, and of the processor. */
  readonly wall: number;
  readonly cpu: number;
}

/** Written behind everything else when the process ends. */
const report = `data:text/javascript,${encodeURIComponent(
  'process.on("exit", () => process._rawDebug(JSON.stringify(process.cpuUsage())))',
)}`;

export function startUp(rounds: number): readonly Start[] {
  const times = Object.entries(starts).map(([name, args]) => ({
    name,
    args: ["--import", report, ...args],
    wall: [] as number[],
    cpu: [] as number[],
  }));
  for (let round = 0; round < rounds; round++) {
    for (const { name, args, wall, cpu } of times) {
      const begun = performance.now();
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
      wall.push(performance.now() - begun);
      if (status !== 0) throw new Error(`${name}: ${stderr}`);
      const { user, system } = JSON.parse(stderr.trim().split("\n").at(-1) ?? "") as NodeJS.CpuUsage;
      cpu.push((user + system) / 1000);
    }
  }
  return times.map(({ name, wall, cpu }) => ({ name, wall: quantile(wall, 0.5), cpu: quantile(cpu, 0.5) }));
}
