import type { Asking, Command, EmulateCommand, ExportCommand, JobCommand, Shell } from "./commands.js";
import { type Action, actions, guides, isAction, isGuideName } from "./grammar.js";
import type { HelpTopic } from "./help.js";
import { nearest } from "./nearest.js";
import { type Flags, parseWords, refuseOthers } from "./parse-words.js";
import { durationMs, wholeNumber } from "./quantities.js";
import { readRequestFields } from "./request-fields.js";
import { readSaving } from "./saving-flags.js";
import { UsageError } from "./usage-error.js";
import { isVendorName, type VendorName, vendors } from "./vendors.js";

/** Names of the standard output, which is written to and not replaced. */
const STANDARD_OUTPUT: readonly string[] = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/** Reads the words of a command line; throws a {@link UsageError}. */
export function readCommand(words: readonly string[]): Command {
  // Its options are Singer's.
  if (words[0] === "tap") return { kind: "tap", words: words.slice(1) };
  const { flags, positionals } = parseWords(words);
  const [first, ...rest] = positionals;
  if (flags.version) return { kind: "version", json: flags.json ?? false };
  if (flags.help || words.length === 0 || first === "help")
    return { kind: "help", topic: topicOf(positionals) };
  const action = first !== undefined && isAction(first) ? first : "run";
  const operands = action === first ? rest : positionals;
  refuseOthers(flags, action);
  switch (action) {
    case "run":
    case "start":
      return readExport(action, operands, flags);
    case "status":
    case "wait":
    case "download":
      return readJob(action, operands, flags);
    case "doctor": {
      const { out } = flags;
      return { kind: "doctor", vendor: onlyVendor(action, operands), out, ...readAsking(flags) };
    }
    case "emulate":
      return readEmulate(operands, flags);
    case "completion":
      return { kind: "completion", shell: readShell(operands) };
    case "list":
    case "version":
      refuseMore(action, operands);
      return { kind: action, json: flags.json ?? false };
    default:
      refuseMore(action, operands);
      return { kind: "man" };
  }
}

/** Of `start zephr since=24h --help` it is the vendor: whatever is done with it, that is what can be asked of it. */
function topicOf(positionals: readonly string[]): HelpTopic | undefined {
  const names = positionals.filter((word) => word !== "help");
  const [first] = names;
  const found = names.find(isVendorName) ?? names.find(isAction) ?? names.find(isGuideName);
  if (found !== undefined || first === undefined) return found;
  const near = nearest(first, [...Object.keys(vendors), ...Object.keys(actions), ...Object.keys(guides)]);
  // A line to which --help was added while it was written may have no vendor yet; a misspelt one is not that.
  if (near === undefined && positionals[0] !== "help") return undefined;
  throw new UsageError(
    `there is no help on "${first}"${near === undefined ? "" : `; did you mean ${near}?`}`,
  );
}

function readExport(
  action: "run" | "start",
  [vendor, ...fields]: readonly string[],
  flags: Flags,
): ExportCommand {
  checkVendor(vendor);
  const out = readOut(flags, vendor);
  if (out === "-" && action === "start") {
    throw new UsageError("start needs the name of a file with --out: what resumes it is kept beside it");
  }
  if (out === "-" && flags.timeout !== undefined) {
    throw new UsageError(
      "--timeout does not go together with --out -: what goes to the standard output cannot be resumed later",
    );
  }
  const leftover = flags.leftover ?? (flags.restart ? "restart" : "resume");
  if (flags.restart && leftover !== "restart") {
    throw new UsageError(`--restart does not go together with --leftover ${leftover}`);
  }
  return {
    kind: "export",
    action,
    vendor,
    request: readRequestFields([...fields, ...pageSize(vendor, flags)], vendor),
    out,
    ...readSaving(flags, vendor),
    overwrite: flags.overwrite ?? false,
    leftover,
    maxAgeMs: flags["max-age"] === undefined ? undefined : durationMs("max-age", flags["max-age"]),
    dryRun: flags["dry-run"] ?? false,
    timeoutMs: flags.timeout === undefined ? undefined : durationMs("timeout", flags.timeout),
    ...readAsking(flags),
  };
}

function readOut({ out, "dry-run": dryRun }: Flags, vendor: VendorName): string {
  if (out === undefined && dryRun) return "-";
  if (out === undefined) {
    throw new UsageError(
      `--out FILE is missing; --out - is the standard output. For instance: ${vendors[vendor].example}`,
    );
  }
  if (out === "" || /[/\\]$/.test(out)) {
    throw new UsageError(`--out must be the name of a file, and not "${out}"`);
  }
  return STANDARD_OUTPUT.includes(out) ? "-" : out;
}

function pageSize(vendor: VendorName, { "page-size": size }: Flags): readonly string[] {
  if (size === undefined) return [];
  if (vendor !== "zephr") throw new UsageError("--page-size is for zephr only");
  return [`pageSize:=${wholeNumber("page-size", size, [1, 1_000_000])}`];
}

function readJob(
  action: JobCommand["action"],
  [which, ...others]: readonly string[],
  flags: Flags,
): JobCommand {
  refuseMore(action, others);
  const saving = readSaving(flags, undefined);
  // Every other flag for it needs --as.
  const isSaidHow = flags.as !== undefined || flags["max-buffered"] !== undefined;
  return {
    kind: "job",
    action,
    which,
    timeoutMs: flags.timeout === undefined ? undefined : durationMs("timeout", flags.timeout),
    overwrite: flags.overwrite ?? false,
    saving: isSaidHow ? saving : undefined,
    ...readAsking(flags),
  };
}

function readEmulate(
  operands: readonly string[],
  { port = "0", host = "127.0.0.1", records = "1000" }: Flags,
): EmulateCommand {
  return {
    kind: "emulate",
    vendor: onlyVendor("emulate", operands),
    host,
    port: wholeNumber("port", port, [0, 65_000]),
    records: wholeNumber("records", records, [0, 1_000_000]),
  };
}

function readShell([shell, ...others]: readonly string[]): Shell {
  refuseMore("completion", others);
  if (shell === "bash" || shell === "zsh" || shell === "fish") return shell;
  const given = shell === undefined ? "; name one of them" : `, and not for "${shell}"`;
  throw new UsageError(
    `completion is for bash, zsh or fish${given}`,
    'for instance: eval "$(exportkit completion bash)"',
  );
}

function readAsking(flags: Flags): Asking {
  return {
    profile: flags.profile,
    json: flags.json ?? false,
    quiet: flags.quiet ?? false,
    verbose: flags.verbose ?? false,
    ...(flags["no-progress"] && { noProgress: true }),
  };
}

function onlyVendor(action: Action, [vendor, ...others]: readonly string[]): VendorName {
  checkVendor(vendor);
  if (others.length > 0) {
    throw new UsageError(`${action} takes a vendor and options, and not "${others[0]}"`);
  }
  return vendor;
}

function refuseMore(action: Action, [other]: readonly string[]): void {
  if (other !== undefined) throw new UsageError(`${action} does not take "${other}"`);
}

function checkVendor(name: string | undefined): asserts name is VendorName {
  const known = Object.keys(vendors);
  if (name === undefined) throw new UsageError(`name a vendor first: ${known.join(", ")}`);
  if (isVendorName(name)) return;
  const near = nearest(name, [...known, ...Object.keys(actions), "help"]);
  const others = near === undefined ? `there are ${known.join(", ")}` : `did you mean ${near}?`;
  throw new UsageError(`"${name}" is not a vendor; ${others}`);
}
