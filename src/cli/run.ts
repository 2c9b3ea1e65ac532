import { createRequire } from "node:module";
import type { UncheckedRepeats } from "exportkit";
import { type ExportCommand, readCommand } from "./command.js";
import { type ExportResult, runExport } from "./export.js";
import { describeFailure, failureText } from "./failure.js";
import { helpText } from "./help.js";
import type { Output } from "./output.js";
import { createProgress, type Terminal } from "./progress.js";
import { vendorHelpText } from "./vendor-help.js";
import type { Environment } from "./vendors.js";

/** What the command line runs in. */
export interface Surroundings {
  readonly words: readonly string[];
  readonly environment: Environment;
  readonly stdout: Output;
  readonly stderr: Terminal;
  /** Aborted with an `Interruption` when the process is asked to end. */
  readonly signal: AbortSignal;
}

/** Does what the command line says; resolves with the exit code and never rejects. */
export async function run(surroundings: Surroundings): Promise<number> {
  const { words, environment, stdout, stderr, signal } = surroundings;
  const inJson = words.includes("--json");
  let exporting: ExportCommand | undefined;
  let started = false;
  try {
    const command = readCommand(words);
    if (command.kind === "help") stdout.write(command.vendor ? vendorHelpText(command.vendor) : helpText());
    else if (command.kind === "version") stdout.write(`${version()}\n`);
    else if (command.kind === "emulate") {
      const { emulate } = await import("./emulate.js");
      await emulate(command, stdout, stderr, signal);
    } else if (command.kind === "tap") {
      const { tap } = await import("./tap/tap.js");
      await tap(command.words, surroundings);
    } else {
      exporting = command;
      const progress = createProgress(stderr, command.quiet);
      const onStarted = () => {
        started = true;
      };
      try {
        const run = {
          command,
          environment,
          progress,
          output: stdout,
          signal,
          onStarted,
          hasStarted: () => started,
        };
        const result = await runExport(run);
        // Which one it is: a run may end what another one began, the day before.
        if (result.jobId) progress.say(`the file is export ${result.jobId}, started ${result.createdAt}`);
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
    const failure = describeFailure(error, { command: exporting, started, signal });
    stderr.write(failureText(failure, inJson));
    return failure.exitCode;
  }
}

/** Why nobody knows whether some came more than once. */
const UNCHECKED: Readonly<Record<UncheckedRepeats, string>> = {
  bytes: "whether some came again was not checked: with --as ndjson or --as csv it is",
  resumed: "whether some came again was not checked, because an earlier run was resumed",
  many: "whether some came again was not checked beyond 2.9 million",
  unnamed: "whether some came again was not checked, because some have nothing to know them by",
};

function sentence(result: ExportResult): string {
  const { path, bytes, records, repeated, uncheckedRepeats, sha256, resumed, skipped } = result;
  const facts = [
    `${bytes} bytes`,
    records !== undefined && `${records} records`,
    repeated !== undefined &&
      repeated > 0 &&
      `${repeated} of ${records === undefined ? "the records" : "them"} came more than once, so that about as many are missing`,
    uncheckedRepeats && UNCHECKED[uncheckedRepeats],
    skipped !== undefined && `${skipped} passed over${resumed ? " in this run" : ""}`,
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
