import type { Command, ExportCommand } from "./commands.js";
import type { Invocation, RunRecord } from "./invocation.js";
import { environmentOf } from "./profile.js";
import { createProgress, type Terminal } from "./progress.js";
import { type ExportResult, type JobResult, summaryOf } from "./result.js";

/** `exportkit doctor`. */
export async function runDoctor(
  command: Command & { kind: "doctor" },
  invocation: Invocation,
): Promise<number> {
  const { environment, stdin = noInput(), stdout, signal } = invocation;
  const credentials = await environmentOf(command.profile, environment, stdin);
  const { doctor } = await import("./doctor.js");
  const findings = await doctor(command, { environment, credentials, signal });
  const isWell = findings.every(({ ok }) => ok);
  const lines = findings.map(({ check, ok, told }) => `${ok ? "ok  " : "BAD "} ${check.padEnd(11)} ${told}`);
  if (command.json) stdout.write(`${JSON.stringify({ ok: isWell, findings })}\n`);
  else if (!command.quiet || !isWell) stdout.write(`${lines.join("\n")}\n`);
  if (!isWell && !command.json)
    stdout.write(`Put that right, then run exportkit doctor ${command.vendor} again.\n`);
  return isWell ? 0 : 1;
}

/** Every other command that asks a vendor. */
export async function runVendorCommand(
  command: Command & { kind: "export" | "job" },
  { environment, stdin = noInput(), stdout, stderr, signal, clock }: Invocation,
  record: RunRecord,
): Promise<number> {
  const isColoured = !environment.NO_COLOR;
  // A dumb terminal cannot go back to the beginning of a line.
  const isPlain = command.noProgress || environment.TERM === "dumb";
  const terminal: Terminal = isPlain ? { write: (text) => stderr.write(text) } : stderr;
  const progress = createProgress(terminal, { quiet: command.quiet, isColoured });
  try {
    const result = await resultOf();
    // Which one it is: a run may end what another one began, the day before.
    if ("bytes" in result && result.jobId && command.kind === "export" && command.out !== "-") {
      progress.say(`the file is export ${result.jobId}, started ${result.createdAt}`);
    }
    progress.end();
    const isPiped = "bytes" in result && result.path === undefined;
    const told = command.json ? JSON.stringify(result) : command.quiet ? "" : summaryOf(result);
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
    record.exporting = wanted;
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
        record.started = true;
      },
      hasStarted: () => record.started,
    });
  }
}

async function* noInput(): AsyncGenerator<string> {}
