import { ExportError } from "exportkit";
import { printable } from "../model/printable.js";
import type { ExportCommand } from "./command.js";
import { isLost } from "./lost-export.js";
import { UsageError } from "./usage-error.js";
import { variablesFor } from "./vendors.js";

/** A signal of the system that asks the process to end. */
export interface Interruption {
  readonly exitCode: number;
}

/** What is known of a run that failed. */
export interface FailedRun {
  /** Absent where the command line could not be read. */
  readonly command: ExportCommand | undefined;
  /** Whether this run started an export, and stored it. */
  readonly started: boolean;
  /** Aborted with an {@link Interruption}. */
  readonly signal: AbortSignal;
}

/** A failure in the words of the command line. */
export interface Failure {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  /** What to do. */
  readonly hint?: string | undefined;
  /** What else is known, for JSON. */
  readonly facts?: { readonly [name: string]: unknown };
}

// As the shell's convention has it: EX_TEMPFAIL of sysexits.h is for what may succeed later.
const FAILED = 1;
const MISUSED = 2;
const TRY_AGAIN = 75;

const LOST = "what goes to the standard output cannot be resumed: run again for a new export";

export function describeFailure(error: unknown, run: FailedRun): Failure {
  const { command, started, signal } = run;
  const piped = command?.out === "-";
  const again = started && command?.restart ? "again without --restart" : "again";
  if (signal.aborted && error === signal.reason) {
    const { exitCode } = error as Interruption;
    const failure = { code: "INTERRUPTED", message: "interrupted" };
    if (piped) return { ...failure, exitCode: FAILED, hint: LOST };
    return { ...failure, exitCode, hint: `run the same command ${again} to resume` };
  }
  if (error instanceof UsageError) {
    const { message } = error;
    return { exitCode: MISUSED, code: "USAGE", message, hint: "--help tells more" };
  }
  if (!ExportError.isInstance(error)) {
    return {
      exitCode: FAILED,
      code: "FAILED",
      message: (error as Partial<Error> | null)?.message ?? `${error}`,
    };
  }
  const { code, retryable } = error;
  const failure = { code, message: withVariables(error, command), facts: error.toJSON() };
  // Errors about the file say what to do themselves.
  const told = error.details?.path !== undefined;
  if (isLost(error)) return { ...failure, exitCode: FAILED, hint: "run again for a new export" };
  if (piped && code === "TIMEOUT") return { ...failure, exitCode: FAILED, hint: LOST };
  if (retryable) {
    const hint = again === "again" || told ? undefined : `run ${again} to resume this export`;
    return { ...failure, exitCode: TRY_AGAIN, hint };
  }
  const misused = ["CONFIG_INVALID", "REQUEST_INVALID", "JOB_INVALID"].includes(code);
  const stuck = ["ARTIFACT_CHANGED", "JOB_INVALID"].includes(code);
  const restart = piped ? "run again for a new export" : "--restart starts a new export";
  return { ...failure, exitCode: misused ? MISUSED : FAILED, hint: stuck && !told ? restart : undefined };
}

/** The text for the standard error: lines for a person, or one JSON object. */
export function failureText({ code, message, hint, facts }: Failure, inJson: boolean): string {
  if (inJson) return `${printable(JSON.stringify({ ...facts, code, message, hint }))}\n`;
  const kind = facts ? `${code}: ` : "";
  const lines = [`${kind}${message}`, ...(hint === undefined ? [] : [hint])];
  return lines.map((line) => `exportkit: ${printable(line)}\n`).join("");
}

/** The message; where an option of the adapter is wrong, with the variable that sets it. */
function withVariables({ code, message, details }: ExportError, command: ExportCommand | undefined): string {
  const field = details?.field;
  if (code !== "CONFIG_INVALID" || !command || typeof field !== "string") return message;
  const variables = variablesFor(command.vendor, field);
  return variables.length === 0 ? message : `${message} (in the environment: ${variables.join(", ")})`;
}
