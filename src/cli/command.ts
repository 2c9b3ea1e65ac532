import { parseArgs } from "node:util";
import type { CsvOptions, JsonObject } from "exportkit";
import type { SaveFormat } from "exportkit/node";
import { csvFlags, csvOptionsOf } from "./csv-flags.js";
import { nearest } from "./nearest.js";
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

/** An emulator that is to be served. */
export interface EmulateCommand {
  readonly kind: "emulate";
  readonly vendor: VendorName;
  /** 0 takes free ports. */
  readonly port: number;
  readonly host: string;
  /** How many users or rows it has. */
  readonly records: number;
}

export type Command =
  | ExportCommand
  | EmulateCommand
  | { readonly kind: "tap"; readonly words: readonly string[] }
  | { readonly kind: "help"; readonly vendor: VendorName | undefined }
  | { readonly kind: "version" };

const options = {
  out: { type: "string", short: "o" },
  as: { type: "string" },
  ...csvFlags,
  "skip-invalid": { type: "boolean" },
  overwrite: { type: "boolean" },
  restart: { type: "boolean" },
  timeout: { type: "string" },
  json: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  verbose: { type: "boolean", short: "v" },
  port: { type: "string" },
  host: { type: "string" },
  records: { type: "string" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
} as const;

/** What other programs call the same. */
const SYNONYMS: { readonly [name: string]: string | undefined } = {
  output: "out",
  file: "out",
  force: "overwrite",
  silent: "quiet",
  wait: "timeout",
};

/** Names of the standard output, which is written to and not replaced. */
const STANDARD_OUTPUT: readonly string[] = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/** Reads the words of a command line; throws a {@link UsageError}. */
export function readCommand(words: readonly string[]): Command {
  // Its options are Singer's.
  if (words[0] === "tap") return { kind: "tap", words: words.slice(1) };
  const { values, positionals } = parsed(words);
  if (values.version) return { kind: "version" };
  const [first, ...fields] = positionals;
  const vendor = first === "help" ? fields[0] : first;
  if (values.help || words.length === 0 || first === "help") {
    return { kind: "help", vendor: vendor !== undefined && isVendorName(vendor) ? vendor : undefined };
  }
  if (vendor === "emulate") return readEmulate(fields, values);
  checkVendor(vendor);
  for (const option of ["port", "host", "records"] as const) {
    if (values[option] !== undefined) throw new UsageError(`--${option} goes together with emulate only`);
  }
  if (values.out === undefined) throw new UsageError("--out FILE is missing; --out - is the standard output");
  if (values.out === "" || /[/\\]$/.test(values.out)) {
    throw new UsageError(`--out must be the name of a file, and not "${values.out}"`);
  }
  const out = STANDARD_OUTPUT.includes(values.out) ? "-" : values.out;
  if (out === "-" && values.timeout !== undefined) {
    throw new UsageError(
      "--timeout does not go together with --out -: what goes to the standard output cannot be resumed later",
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
    request: readRequestFields(fields, vendor),
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

function readEmulate(
  [vendor, ...others]: readonly string[],
  { port = "0", host = "127.0.0.1", records = "1000" }: { port?: string; host?: string; records?: string },
): EmulateCommand {
  checkVendor(vendor);
  if (others.length > 0) throw new UsageError(`emulate takes a vendor and options, and not "${others[0]}"`);
  return {
    kind: "emulate",
    vendor,
    host,
    port: wholeNumber("port", port, 65_000),
    records: wholeNumber("records", records, 1_000_000),
  };
}

function checkVendor(name: string | undefined): asserts name is VendorName {
  const known = Object.keys(vendors);
  if (name === undefined) throw new UsageError(`name a vendor first: ${known.join(", ")}`);
  if (isVendorName(name)) return;
  const near = nearest(name, [...known, "emulate", "tap"]);
  const others = near === undefined ? `there are ${known.join(", ")}` : `did you mean ${near}?`;
  throw new UsageError(`"${name}" is not a vendor; ${others}`);
}

function wholeNumber(option: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  throw new UsageError(`--${option} must be a whole number of at most ${most}, and not "${text}"`);
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(suggested((error as Error).message));
  }
}

/** What `node:util` says of an option it does not know, with the one that was meant. */
function suggested(message: string): string {
  const [, wrong] = /^Unknown option '--?([\w-]+)'/.exec(message) ?? [];
  if (wrong === undefined) return message;
  if (wrong === "format" || wrong === "report")
    return `there is no option --${wrong}; write ${wrong}=…, without dashes`;
  const near = SYNONYMS[wrong] ?? nearest(wrong, Object.keys(options));
  return `there is no option --${wrong}${near === undefined ? "" : `; did you mean --${near}?`}`;
}

function oneOf<const T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined)
    throw new UsageError(`--${option} must be ${allowed.join(" or ")}, and not "${value}"`);
  return found;
}

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

function durationMs(text: string): number {
  const [, count, unit] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
  if (count === undefined || unit === undefined) {
    throw new UsageError(`--timeout must be a number with ms, s, m or h, such as 30m, and not "${text}"`);
  }
  return Number(count) * UNITS[unit as keyof typeof UNITS];
}
