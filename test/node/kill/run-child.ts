import { type ChildProcess, spawn } from "node:child_process";
import type { ChildTask } from "./save-child.js";

/** When a child is to die: once it tells of so many bytes, or so many ms after its start. Whichever comes first. */
export interface KillMoment {
  readonly bytes?: number;
  readonly ms?: number;
}

/** How a child ended. */
export interface ChildEnd {
  readonly killed: boolean;
  /** The last length it told of. */
  readonly bytesWritten: number;
  /** What it wrote in the end, if it came to that. */
  readonly result: { readonly bytes: number; readonly sha256: string; readonly resumed: boolean } | undefined;
  readonly errors: string;
}

export interface RunningChild {
  readonly process: ChildProcess;
  /** Resolves when the child first tells of progress, or ends without. */
  readonly begun: Promise<void>;
  readonly ended: Promise<ChildEnd>;
}

/** Runs the child, and kills it with SIGKILL at the moment given. */
export function runChild(program: string, task: ChildTask, moment: KillMoment = {}): RunningChild {
  const child = spawn(process.execPath, [program, JSON.stringify(task)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = () => child.kill("SIGKILL");
  const timer = moment.ms === undefined ? undefined : setTimeout(kill, moment.ms);
  let output = "";
  let errors = "";
  let bytesWritten = 0;
  let result: ChildEnd["result"];
  let toldProgress = () => {};
  const begun = new Promise<void>((resolve) => {
    toldProgress = resolve;
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (output + text).split("\n");
    output = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("{")) result = JSON.parse(line);
      else bytesWritten = Number(line);
    }
    toldProgress();
    if (moment.bytes !== undefined && bytesWritten >= moment.bytes) kill();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const ended = new Promise<ChildEnd>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (_code, signal) => {
      clearTimeout(timer);
      toldProgress();
      resolve({ killed: signal === "SIGKILL", bytesWritten, result, errors });
    });
  });
  return { process: child, begun, ended };
}
