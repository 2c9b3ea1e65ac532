import { withoutDocsLink } from "../model/docs-link.js";
import { ExportError } from "../model/errors.js";
import { printable } from "../model/printable.js";
import { nextStep, withoutAdvice } from "../node/next-step.js";
import { commandWording, inCommandWords } from "./command-wording.js";
import type { ExportCommand } from "./commands.js";
import { isAction } from "./grammar.js";
import { UsageError } from "./usage-error.js";
import { isVendorName, type VendorName, variablesFor } from "./vendors.js";

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
  readonly words?: readonly string[];
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

export function describeFailure(error: unknown, run: FailedRun): Failure {
  const { command, started, signal, words: given = [] } = run;
  const piped = command?.out === "-";
  const words = commandWording({
    piped,
    startedOver: () => started && command?.leftover === "restart",
    ofJob: ["status", "wait", "download"].includes(given[0] ?? ""),
  });
  if (signal.aborted && error === signal.reason) {
    const exitCode = piped ? FAILED : (error as Interruption).exitCode;
    const lost = "what goes to the standard output cannot be resumed";
    const hint = piped ? `${lost}: ${words.again}` : `${words.again} to resume`;
    return { exitCode, code: "INTERRUPTED", message: "interrupted", hint };
  }
  if (error instanceof UsageError) {
    const { message, hint = usageHint(given) } = error;
    return { exitCode: MISUSED, code: "USAGE", message, hint };
  }
  if (!ExportError.isInstance(error)) {
    return {
      exitCode: FAILED,
      code: "FAILED",
      message: (error as Partial<Error> | null)?.message ?? `${error}`,
    };
  }
  const { code } = error;
  const exitCode = exitCodeOf(error, piped);
  const facts = error.toJSON();
  // Errors about the file say what to do themselves.
  if (error.details?.path !== undefined)
    return { exitCode, code, message: withoutDocsLink(error.message), facts };
  const kept = piped ? "nothing" : started || error.job ? "export" : "nothing";
  const said = withoutAdvice(error.message);
  const message = withVariables(error, command ? inCommandWords(said, command.vendor) : said, command);
  const step = nextStep(error, words, kept);
  // Whoever got no answer at all may have no network, a wrong address, or a proxy in between.
  const isLost = code === "NETWORK" && kept === "nothing" && command;
  const hint = isLost ? `${step}; exportkit doctor ${command.vendor} looks for the reason` : step;
  return { exitCode, code, message, facts, hint };
}

/** A failure in one line, where nothing is said of what to do next. */
export function shortFailure(error: unknown, vendor: VendorName): string {
  return ExportError.isInstance(error)
    ? `${error.code}: ${inCommandWords(error.message, vendor)}`
    : `${error}`;
}

function exitCodeOf({ code, retryable }: ExportError, piped: boolean): number {
  if (retryable) return piped && code === "TIMEOUT" ? FAILED : TRY_AGAIN;
  return ["CONFIG_INVALID", "REQUEST_INVALID", "JOB_INVALID"].includes(code) ? MISUSED : FAILED;
}

/** The text for the standard error: lines for a person, or one JSON object. */
export function failureText({ code, message, hint, facts }: Failure, inJson: boolean): string {
  const see = facts && `docs/errors.md#${code.toLowerCase()}`;
  if (inJson) return `${printable(JSON.stringify({ ...facts, code, message, hint, see }))}\n`;
  const lines = [`${facts ? `${code}: ` : ""}${message}`, hint, see && `see ${see}`];
  return lines
    .filter((line) => line !== undefined)
    .flatMap((line) => line.split("\n"))
    .map((line) => `exportkit: ${printable(line)}\n`)
    .join("");
}

/** The message; where an option of the adapter is wrong, with the variable that sets it. */
function withVariables(
  { code, details }: ExportError,
  message: string,
  command: ExportCommand | undefined,
): string {
  const field = details?.field;
  if (code !== "CONFIG_INVALID" || !command || typeof field !== "string") return message;
  const variables = variablesFor(command.vendor, field);
  return variables.length === 0 ? message : `${message} (in the environment: ${variables.join(", ")})`;
}

/** Where to read on after a command line that was refused. */
function usageHint(words: readonly string[]): string {
  const plain = words.filter((word) => !word.startsWith("-"));
  const action = plain[0] !== undefined && isAction(plain[0]) ? plain[0] : "run";
  const vendor = plain.slice(0, 2).find(isVendorName);
  if (vendor !== undefined && (action === "run" || action === "start"))
    return `exportkit ${vendor} --help lists what can be asked for, exportkit ${action} --help the options`;
  return action === plain[0] ? `exportkit ${action} --help tells more` : "exportkit --help tells more";
}
