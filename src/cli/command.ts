import { parseArgs } from "node:util";
import type { CsvOptions, JsonObject } from "exportkit";
import type { SaveFormat } from "exportkit/node";
import { csvOptionsOf, csvWords } from "./csv-words.js";
import { readRequestFields } from "./request-fields.js";
import { UsageError } from "./usage-error.js";
import { isVendorName, type VendorName, vendors } from "./vendors.js";

/** What is to be done. */
export interface ExportCommand {
  readonly kind: "export";
  readonly vendor: VendorName;
  readonly request: JsonObject;
  /** A path, or `-` for the standard output. */
  readonly out: string;
  readonly format: SaveFormat;
  /** How CSV is written. */
  readonly csv: CsvOptions;
  readonly skipInvalid: boolean;
  readonly overwrite: boolean;
  readonly restart: boolean;
  readonly timeoutMs: number | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

export type Command = ExportCommand | { readonly kind: "help" } | { readonly kind: "version" };

const options = {
  out: { type: "string", short: "o" },
  as: { type: "string" },
  ...csvWords,
  "skip-invalid": { type: "boolean" },
  overwrite: { type: "boolean" },
  restart: { type: "boolean" },
  timeout: { type: "string" },
  json: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  verbose: { type: "boolean", short: "v" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
} as const;

/** Names of the standard output, which is written to and not replaced. */
const STANDARD_OUTPUT: readonly string[] = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/** Reads the words of a command line; throws a {@link UsageError}. */
export function readCommand(words: readonly string[]): Command {
  const { values, positionals } = parsed(words);
  if (values.version) return { kind: "version" };
  const [vendor, ...fields] = positionals;
  if (values.help || words.length === 0 || vendor === "help") return { kind: "help" };
  const known = Object.keys(vendors).join(", ");
  if (vendor === undefined) throw new UsageError(`name a vendor first: ${known}`);
  if (!isVendorName(vendor)) throw new UsageError(`"${vendor}" is not a vendor; there are ${known}`);
  if (values.out === undefined) throw new UsageError("--out FILE is missing; --out - is the standard output");
  if (values.out === "" || /[/\\]$/.test(values.out)) {
    throw new UsageError(`--out must be the name of a file, and not "${values.out}"`);
  }
  const out = STANDARD_OUTPUT.includes(values.out) ? "-" : values.out;
  if (out === "-" && values.timeout !== undefined) {
    throw new UsageError(
      "--timeout does not go together with --out -: what goes to the standard output cannot be gone on with later",
    );
  }
  const format = oneOf("as", values.as ?? "raw", ["raw", "ndjson", "csv"]);
  const csv = csvOptionsOf(values, format);
  if (values["skip-invalid"] && format === "raw") {
    throw new UsageError("--skip-invalid needs --as ndjson or --as csv: raw files are not read");
  }
  return {
    kind: "export",
    vendor,
    request: readRequestFields(fields),
    out,
    format,
    csv,
    skipInvalid: values["skip-invalid"] ?? false,
    overwrite: values.overwrite ?? false,
    restart: values.restart ?? false,
    timeoutMs: values.timeout === undefined ? undefined : durationMs(values.timeout),
    json: values.json ?? false,
    quiet: values.quiet ?? false,
    verbose: values.verbose ?? false,
  };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function oneOf<const T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined)
    throw new UsageError(`--${option} must be ${allowed.join(" or ")}, and not "${value}"`);
  return found;
}

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000 };

function durationMs(text: string): number {
  const [, count, unit] = /^(\d+)([smh])$/.exec(text) ?? [];
  if (count === undefined || unit === undefined) {
    throw new UsageError(`--timeout must be a number with s, m or h, such as 30m, and not "${text}"`);
  }
  return Number(count) * UNITS[unit as keyof typeof UNITS];
}
