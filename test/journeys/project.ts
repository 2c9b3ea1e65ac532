import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { countLines } from "./count-lines.ts";

/** A fresh project that has the package from its tarball, and nothing else. */
export interface Project {
  readonly folder: string;
  /** The documentation as the package brings it: a code block of a page, the first below a heading. */
  sample(page: string, heading?: string, language?: string): Promise<string>;
  /** Writes a program, and returns how many lines a person has to write for it. */
  write(name: string, text: string): Promise<number>;
  /** Brings a script that does without the package, with what it imports; returns how many lines both have. */
  bring(name: string): Promise<number>;
  /** Runs a command there, in a process group of its own. */
  start(command: string, env?: object): Running;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
  /** Ends all of it at once, as a machine does that loses its power. */
  kill(): void;
}

export function projectIn(folder: string): Project {
  const packed = join(folder, "node_modules/exportkit");
  return {
    folder,
    async sample(page, heading, language = "\\w*") {
      const text = await readFile(join(packed, page), "utf8");
      const from = heading === undefined ? 0 : text.indexOf(`## ${heading}\n`);
      const block = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "m");
      const [, code] = block.exec(text.slice(from)) ?? [];
      if (from < 0 || code === undefined) throw new Error(`${page} has no sample below ${heading}`);
      return code;
    },
    async write(name, text) {
      await writeFile(join(folder, name), text);
      return countLines(text);
    },
    async bring(name) {
      let lines = 0;
      await mkdir(join(folder, "before"), { recursive: true });
      for (const file of ["authgear.js", name]) {
        const text = await readFile(new URL(`before/${file}`, import.meta.url), "utf8");
        await writeFile(join(folder, "before", file), text);
        lines += countLines(text);
      }
      return lines;
    },
    start(command, env = {}) {
      const child = spawn("sh", ["-c", command], {
        cwd: folder,
        detached: true,
        env: {
          ...process.env,
          PATH: `${join(folder, "node_modules/.bin")}:${process.env.PATH}`,
          HOME: folder,
          ...env,
        },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let [stdout, stderr] = ["", ""];
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
      });
      return {
        child,
        ended: once(child, "close").then(([code]) => ({ code, stdout, stderr })),
        kill() {
          if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
        },
      };
    },
  };
}

/** Serves an Authgear as the documentation says, for as long as the work takes. */
export async function withAuthgear<T>(
  { start }: Project,
  users: number,
  work: (variables: { readonly [name: string]: string }, printed: string) => Promise<T>,
): Promise<T> {
  const emulator = start(`exportkit emulate authgear --records ${users}`);
  try {
    const printed = await new Promise<string>((resolve, reject) => {
      emulator.child.stdout?.once("data", resolve);
      emulator.ended.then(({ stderr }) => reject(new Error(`the emulator ended: ${stderr}`)), reject);
    });
    const variables = parseEnv(printed) as { readonly [name: string]: string };
    return await work(variables, printed);
  } finally {
    emulator.kill();
  }
}

/** Replaces what stands in a sample for something of one's own; a sample without it is not the one that was meant. */
export function adapted(text: string, ...changes: readonly (readonly [from: string, to: string])[]): string {
  return changes.reduce((whole, [from, to]) => {
    if (!whole.includes(from)) throw new Error(`the sample no longer has ${from}:\n${whole}`);
    return whole.replace(from, to);
  }, text);
}

export function check(isTrue: boolean, told: string): void {
  if (!isTrue) throw new Error(told);
}

/** Waits until something is so, asking often. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const startedAt = Date.now(); !(await isSo()); ) {
    check(Date.now() - startedAt < 120_000, "waited two minutes in vain");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
