import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { AnyProvider, JsonObject } from "exportkit";
import { isObject } from "../../model/json.js";
import { connect } from "../connect-vendor.js";
import { nearest } from "../nearest.js";
import { UsageError } from "../usage-error.js";
import { type Environment, isVendorName, type VendorName, vendors } from "../vendors.js";
import { wordsError } from "../words-error.js";

/** What a tap was called with. */
export interface TapCommand {
  readonly config: TapConfig;
  readonly catalog: unknown;
  readonly state: unknown;
  readonly discover: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

export interface TapConfig {
  readonly vendor: VendorName;
  readonly provider: AnyProvider;
  /** A request for each stream, by the stream's name. */
  readonly streams: { readonly [stream: string]: JsonObject };
  readonly startDate: string | undefined;
  readonly lookbackMs: number;
}

const options = {
  config: { type: "string", short: "c" },
  catalog: { type: "string" },
  // What the catalog was called at first.
  properties: { type: "string", short: "p" },
  state: { type: "string", short: "s" },
  discover: { type: "boolean", short: "d" },
  json: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  verbose: { type: "boolean", short: "v" },
  help: { type: "boolean", short: "h" },
} as const;

/** Reads the words behind `tap`, and the files that they name; `undefined` where help is asked for. */
export async function readTapCommand(
  words: readonly string[],
  environment: Environment,
): Promise<TapCommand | undefined> {
  const { values, positionals } = parsed(words);
  if (values.help || words.length === 0) return undefined;
  const [vendor, ...others] = positionals;
  if (others.length > 0) throw new UsageError(`tap takes a vendor and options, and not "${others[0]}"`);
  const given = values.config === undefined ? {} : jsonFile("config", values.config);
  const catalog = values.catalog ?? values.properties;
  return {
    config: await readConfig(given, vendor, environment),
    catalog: catalog === undefined ? undefined : jsonFile("catalog", catalog),
    state: values.state === undefined ? undefined : lastState(values.state),
    discover: values.discover ?? false,
    quiet: values.quiet ?? false,
    verbose: values.verbose ?? false,
  };
}

const FIELDS = ["vendor", "options", "streams", "start_date", "lookback_ms"];

async function readConfig(
  given: unknown,
  word: string | undefined,
  environment: Environment,
): Promise<TapConfig> {
  if (!isObject(given)) throw new UsageError("the configuration must be a JSON object");
  for (const field of Object.keys(given)) {
    if (FIELDS.includes(field)) continue;
    const near = nearest(field, FIELDS);
    throw new UsageError(
      `the configuration has no field ${field}; ${near === undefined ? `there are ${FIELDS.join(", ")}` : `did you mean ${near}?`}`,
    );
  }
  const { vendor = word, options, streams, start_date: startDate, lookback_ms: lookbackMs = 0 } = given;
  if (typeof vendor !== "string" || !isVendorName(vendor) || (word !== undefined && word !== vendor))
    throw new UsageError(`vendor must be ${Object.keys(vendors).join(" or ")}, in the configuration`);
  if (options !== undefined && !isObject(options)) throw new UsageError("options must be a JSON object");
  if (startDate !== undefined && (typeof startDate !== "string" || Number.isNaN(Date.parse(startDate))))
    throw new UsageError("start_date must be a time such as 2026-01-31T00:00:00Z");
  if (typeof lookbackMs !== "number" || !(lookbackMs >= 0))
    throw new UsageError("lookback_ms must be a number of ms, 0 or more");
  return {
    vendor,
    provider: await (options === undefined
      ? connect(vendor, environment)
      : vendors[vendor].connect(options, {})),
    streams: streamsOf(vendor, streams),
    startDate,
    lookbackMs,
  };
}

const DEFAULT_REQUESTS: { readonly [vendor: string]: JsonObject } = {
  authgear: { format: "ndjson" },
  zephr: {},
};

function streamsOf(vendor: VendorName, given: unknown): TapConfig["streams"] {
  if (given === undefined) {
    const request = DEFAULT_REQUESTS[vendor];
    if (request) return { users: request };
    throw new UsageError(`streams is missing: ${vendor} needs a request for each stream, by its name`);
  }
  if (!isObject(given) || Object.keys(given).length === 0 || !Object.values(given).every(isObject))
    throw new UsageError("streams must be a JSON object that has a request for each stream, by its name");
  return given as TapConfig["streams"];
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (error) {
    throw wordsError(error, words, Object.keys(options));
  }
}

function jsonFile(option: string, path: string): unknown {
  try {
    return JSON.parse(textFile(option, path));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`the file that --${option} names is not JSON`);
  }
}

function textFile(option: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(
      `the file that --${option} names cannot be read (${(error as NodeJS.ErrnoException).code})`,
    );
  }
}

/** The state, or the last of several lines of them; a target that had nothing to say leaves an empty file. */
function lastState(path: string): unknown {
  const text = textFile("state", path).trim();
  if (text === "") return undefined;
  for (const candidate of [text, text.split("\n").at(-1) ?? ""]) {
    try {
      return JSON.parse(candidate);
    } catch {}
  }
  throw new UsageError("the file that --state names is not JSON; give the last line that the target printed");
}
