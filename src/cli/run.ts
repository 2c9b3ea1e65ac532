import { createRequire } from "node:module";
import type { Clock } from "exportkit";
import { readCommand } from "./command.js";
import type { Command, ExportCommand } from "./commands.js";
import type { Output } from "./output.js";
import { environmentOf } from "./profile.js";
import { createProgress, type Terminal } from "./progress.js";
import { type ExportResult, type JobResult, sentence } from "./result.js";
import type { Environment } from "./vendors.js";

/** What the command line runs in. */
export interface Surroundings {
  readonly words: readonly string[];
  readonly environment: Environment;
  readonly stdin?: AsyncIterable<Uint8Array | string>;
  readonly stdout: Output;
  readonly stderr: Terminal;
  /** Aborted with an `Interruption` when the process is asked to end. */
  readonly signal: AbortSignal;
  /** What waits between two questions. Default: the machine's own. */
  readonly clock?: Clock;
}

/** What is known of the run while it lasts, for telling how it failed. */
interface Course {
  exporting?: ExportCommand;
  started: boolean;
}

/** Does what the command line says; resolves with the exit code and never rejects. */
export async function run(surroundings: Surroundings): Promise<number> {
  const { words, stderr, signal } = surroundings;
  const course: Course = { started: false };
  try {
    return await obey(readCommand(words), surroundings, course);
  } catch (error) {
    const { describeFailure, failureText } = await import("./failure.js");
    const failure = describeFailure(error, { command: course.exporting, started: course.started, signal });
    stderr.write(failureText(failure, words.includes("--json")));
    return failure.exitCode;
  }
}

// What one command needs is loaded by that command alone.
async function obey(command: Command, surroundings: Surroundings, course: Course): Promise<number> {
  const { environment, stdout, stderr, signal } = surroundings;
  switch (command.kind) {
    case "help":
      stdout.write((await import("./help.js")).helpText(command.topic));
      return 0;
    case "version":
      stdout.write(`${version()}\n`);
      return 0;
    case "man":
      stdout.write((await import("./man.js")).manPage(version()));
      return 0;
    case "completion":
      stdout.write((await import("./completion.js")).completionScript(command.shell));
      return 0;
    case "emulate": {
      const { emulate } = await import("./emulate.js");
      await emulate(command, stdout, stderr, signal);
      return 0;
    }
    case "tap": {
      const { tap } = await import("./tap/tap.js");
      await tap(command.words, surroundings);
      return 0;
    }
    case "list": {
      const { knownExports } = await import("./known-exports.js");
      const known = await knownExports(environment);
      const { listText } = await import("./job-commands.js");
      stdout.write(`${command.json ? JSON.stringify(known) : listText(known)}\n`);
      return 0;
    }
    case "doctor":
      return examine(command, surroundings);
    default:
      return work(command, surroundings, course);
  }
}

async function examine(command: Command & { kind: "doctor" }, surroundings: Surroundings): Promise<number> {
  const { environment, stdin = noInput(), stdout, signal } = surroundings;
  const credentials = await environmentOf(command.profile, environment, stdin);
  const { doctor } = await import("./doctor.js");
  const findings = await doctor(command, { environment, credentials, signal });
  const isWell = findings.every(({ ok }) => ok);
  const lines = findings.map(({ check, ok, told }) => `${ok ? "ok  " : "BAD "} ${check.padEnd(11)} ${told}`);
  if (command.json) stdout.write(`${JSON.stringify({ ok: isWell, findings })}\n`);
  else if (!command.quiet || !isWell) stdout.write(`${lines.join("\n")}\n`);
  return isWell ? 0 : 1;
}

async function work(
  command: Command & { kind: "export" | "job" },
  { environment, stdin = noInput(), stdout, stderr, signal, clock }: Surroundings,
  course: Course,
): Promise<number> {
  const isColoured = !environment.NO_COLOR && environment.TERM !== "dumb";
  const progress = createProgress(stderr, { quiet: command.quiet, isColoured });
  try {
    const result = await resultOf();
    // Which one it is: a run may end what another one began, the day before.
    if ("bytes" in result && result.jobId && command.kind === "export" && command.out !== "-") {
      progress.say(`the file is export ${result.jobId}, started ${result.createdAt}`);
    }
    progress.end();
    const isPiped = "bytes" in result && result.path === undefined;
    const told = command.json ? JSON.stringify(result) : command.quiet ? "" : sentence(result);
    if (told !== "") (isPiped ? stderr : stdout).write(`${told}\n`);
    return "job" in result && ["failed", "expired"].includes(result.job?.status ?? "") ? 1 : 0;
  } finally {
    progress.end();
  }

  async function resultOf(): Promise<ExportResult | JobResult> {
    if (command.kind === "export") return exported(command, command.profile);
    const { askForJob, downloadOf, findExport } = await import("./job-commands.js");
    const found = await findExport(command.which, environment);
    const profile = command.profile ?? found.stored.profile;
    if (command.action === "download") return exported(downloadOf(command, found), profile);
    const credentials = await environmentOf(profile, environment, stdin);
    return askForJob(command, found, { environment, credentials, progress, signal, clock });
  }

  async function exported(wanted: ExportCommand, profile: string | undefined) {
    course.exporting = wanted;
    const credentials = await environmentOf(profile, environment, stdin);
    const { runExport } = await import("./export.js");
    return runExport({
      command: wanted,
      environment,
      credentials,
      progress,
      output: stdout,
      signal,
      clock,
      onStarted: () => {
        course.started = true;
      },
      hasStarted: () => course.started,
    });
  }
}

async function* noInput(): AsyncGenerator<string> {}

function version(): string {
  const { version } = createRequire(import.meta.url)("exportkit/package.json") as {
    readonly version: string;
  };
  return version;
}
