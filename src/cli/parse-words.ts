import { parseArgs } from "node:util";
import { type Action, type OptionEntry, type OptionName, optionTable } from "./grammar.js";
import { UsageError } from "./usage-error.js";
import { choiceError, wordsError } from "./words-error.js";

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
      options: {
        ...options,
        help: { type: "boolean", short: "h" },
        version: { type: "boolean", short: "V" },
      },
      allowPositionals: true,
    });
    for (const [name, { choices }] of table) {
      const value = (values as { readonly [option: string]: unknown })[name];
      if (!choices || value === undefined || choices.includes(String(value))) continue;
      throw choiceError(name, String(value), choices);
    }
    return { flags: values as Flags, positionals };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw wordsError(error, words);
  }
}

/** Refuses options of other actions than this. */
export function refuseOthers(flags: Flags, action: Action): void {
  for (const [name, { of }] of Object.entries(optionTable) as [OptionName, OptionEntry][]) {
    if (flags[name] === undefined || of.includes(action)) continue;
    throw new UsageError(`--${name} goes together with ${of.join(", ")} only`);
  }
}
