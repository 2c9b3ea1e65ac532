import { parseArgs } from "node:util";
import { type Action, type OptionEntry, type OptionName, optionTable } from "./grammar.js";
import { nearest } from "./nearest.js";
import { UsageError } from "./usage-error.js";

type Table = typeof optionTable;
type Value<Entry> = Entry extends { readonly choices: readonly (infer Choice)[] }
  ? Choice
  : Entry extends { readonly value: string }
    ? string
    : true;

/** The options as they were given; where there is a choice, one of those. */
export type Flags = { readonly [Name in OptionName]?: Value<Table[Name]> } & {
  readonly help?: true;
  readonly version?: true;
};

/** What other programs call the same. */
const SYNONYMS: { readonly [name: string]: string | undefined } = {
  output: "out",
  file: "out",
  force: "overwrite",
  silent: "quiet",
  wait: "timeout",
  credentials: "profile",
};

/** Takes the words apart; throws a {@link UsageError}. */
export function parseWords(words: readonly string[]): {
  readonly flags: Flags;
  readonly positionals: readonly string[];
} {
  const table = Object.entries(optionTable) as [string, OptionEntry][];
  const options = Object.fromEntries(
    table.map(([name, { value, short }]) => [
      name,
      { type: value ? ("string" as const) : ("boolean" as const), ...(short && { short }) },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: { ...options, help: { type: "boolean", short: "h" }, version: { type: "boolean" } },
      allowPositionals: true,
    });
    for (const [name, { choices }] of table) {
      const value = (values as { readonly [option: string]: unknown })[name];
      if (!choices || value === undefined || choices.includes(String(value))) continue;
      throw new UsageError(`--${name} must be ${choices.join(" or ")}, and not "${value}"`);
    }
    return { flags: values as Flags, positionals };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(suggested((error as Error).message));
  }
}

/** Refuses options of other actions than this. */
export function refuseOthers(flags: Flags, action: Action): void {
  for (const [name, { of }] of Object.entries(optionTable) as [OptionName, OptionEntry][]) {
    if (flags[name] === undefined || of.includes(action)) continue;
    throw new UsageError(`--${name} goes together with ${of.join(", ")} only`);
  }
}

/** What `node:util` says of an option it does not know, with the one that was meant. */
function suggested(message: string): string {
  const [, wrong] = /^Unknown option '--?([\w-]+)'/.exec(message) ?? [];
  if (wrong === undefined) return message;
  if (wrong === "format" || wrong === "report")
    return `there is no option --${wrong}; write ${wrong}=…, without dashes`;
  const near = SYNONYMS[wrong] ?? nearest(wrong, [...Object.keys(optionTable), "help", "version"]);
  return `there is no option --${wrong}${near === undefined ? "" : `; did you mean --${near}?`}`;
}
