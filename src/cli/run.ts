import { createRequire } from "node:module";
import { ExportError, type ExportErrorCode } from "exportkit";
import { readCommand } from "./command.js";
import { type ExportResult, runExport } from "./export.js";
import { helpText } from "./help.js";
import type { Output } from "./output.js";
import { createProgress, type Terminal } from "./progress.js";
import { UsageError } from "./usage-error.js";
import type { Environment } from "./vendors.js";

/** What the command line runs in. */
export interface Surroundings {
  readonly words: readonly string[];
  readonly environment: Environment;
  readonly stdout: Output;
  readonly stderr: Terminal;
  /** Aborted with an {@link Interruption} when the process is asked to end. */
  readonly signal: AbortSignal;
}

/** A signal of the system that asks the process to end. */
export interface Interruption {
  readonly exitCode: number;
}

// As the shell's convention has it: EX_TEMPFAIL of sysexits.h is for what may succeed later.
const FAILED = 1;
const MISUSED = 2;
const TRY_AGAIN = 75;

// With these the stored export leads nowhere any more.
const OVER: readonly ExportErrorCode[] = [
  "EXPORT_FAILED",
  "EXPORT_EXPIRED",
  "ARTIFACT_MISSING",
  "ARTIFACT_CHANGED",
  "JOB_INVALID",
];

/** Does what the command line says; resolves with the exit code and never rejects. */
export async function run(surroundings: Surroundings): Promise<number> {
  const { words, environment, stdout, stderr, signal } = surroundings;
  const inJson = words.includes("--json");
  try {
    const command = readCommand(words);
    if (command.kind === "help") stdout.write(helpText());
    else if (command.kind === "version") stdout.write(`${version()}\n`);
    else {
      const progress = createProgress(stderr, command.quiet);
      try {
        const result = await runExport({ command, environment, progress, output: stdout, signal });
        progress.end();
        const told = inJson ? JSON.stringify(result) : sentence(result);
        if (command.out !== "-") stdout.write(`${told}\n`);
        else if (inJson || !command.quiet) stderr.write(`${told}\n`);
      } finally {
        progress.end();
      }
    }
    return 0;
  } catch (error) {
    if (signal.aborted) {
      stderr.write("exportkit: interrupted; run the same command again to go on\n");
      return (signal.reason as Interruption).exitCode;
    }
    if (error instanceof UsageError) {
      stderr.write(`exportkit: ${error.message}\nexportkit --help tells more\n`);
      return MISUSED;
    }
    if (ExportError.isInstance(error)) {
      stderr.write(inJson ? `${JSON.stringify(error)}\n` : `exportkit: ${error.code}: ${error.message}\n`);
      if (!inJson && OVER.includes(error.code)) stderr.write("exportkit: --restart starts a new export\n");
      if (["CONFIG_INVALID", "REQUEST_INVALID", "JOB_INVALID"].includes(error.code)) return MISUSED;
      return error.retryable ? TRY_AGAIN : FAILED;
    }
    stderr.write(`exportkit: ${error instanceof Error ? error.message : String(error)}\n`);
    return FAILED;
  }
}

function sentence({ path, bytes, records, sha256, resumed, skipped }: ExportResult): string {
  const facts = [
    `${bytes} bytes`,
    records !== undefined && `${records} records`,
    skipped !== undefined && `${skipped} passed over`,
    sha256 !== undefined && `SHA-256 ${sha256}`,
    resumed && "continued from an earlier run",
  ];
  return `${path ?? "written"}: ${facts.filter(Boolean).join(", ")}`;
}

function version(): string {
  const { version } = createRequire(import.meta.url)("exportkit/package.json") as {
    readonly version: string;
  };
  return version;
}
