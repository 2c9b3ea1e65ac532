import { optionTable } from "./grammar.js";
import { nearest } from "./nearest.js";
import { UsageError } from "./usage-error.js";

/** What other programs call the same. */
const SYNONYMS: { readonly [name: string]: string | undefined } = {
  output: "out",
  file: "out",
  format: "as",
  force: "overwrite",
  silent: "quiet",
  wait: "timeout",
  credentials: "profile",
  resume: "leftover",
};

/** Fields of requests that are taken for options. */
const FIELDS = ["format", "report", "since", "grants", "email"];

const WITHOUT_FORMAT = /^(zephr|avepoint)$/;

/** What other programs call the values of `--as`. */
const FORMATS: { readonly [value: string]: string | undefined } = {
  json: "ndjson",
  jsonl: "ndjson",
  jsonlines: "ndjson",
  text: "ndjson",
  excel: "csv --preset excel",
  xlsx: "csv --preset excel",
};

/** What `parseArgs` of `node:util` refuses, in the words of the command line. */
export function wordsError(
  error: unknown,
  words: readonly string[],
  known: readonly string[] = [...Object.keys(optionTable), "help", "version"],
): UsageError {
  const { code, message } = error as NodeJS.ErrnoException;
  const [, option = ""] = /'(?:-\w, )?(--?[\w-]+)/.exec(message) ?? [];
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") return unknownOption(option, words, known);
  if (/does not take an argument/.test(message))
    return new UsageError(`${option} is a switch and takes no value`);
  if (/ambiguous/.test(message))
    return new UsageError(
      `${option} is followed by another option; a value that begins with a dash is written ${option}=-…`,
    );
  return new UsageError(`${option} needs a value behind it`);
}

function unknownOption(option: string, words: readonly string[], known: readonly string[]): UsageError {
  // One dash before a whole word: -as.
  const single = words.find((word) => /^-\w{2,}/.test(word) && word.startsWith(option));
  const wrong = (single ?? option).replace(/^--?/, "").replace(/=.*$/, "");
  // A format is asked for at Authgear only.
  const isField =
    FIELDS.includes(wrong) && !(wrong === "format" && words.some((word) => WITHOUT_FORMAT.test(word)));
  if (isField && known.includes("out"))
    return new UsageError(`there is no option ${option}; write ${wrong}=…, without dashes`);
  const meant = SYNONYMS[wrong];
  const near = meant !== undefined && known.includes(meant) ? meant : nearest(wrong, known);
  const told = single === undefined ? option : `-${wrong}`;
  return new UsageError(`there is no option ${told}${near === undefined ? "" : `; did you mean --${near}?`}`);
}

/** A value that is none of an option's choices. */
export function choiceError(name: string, value: string, choices: readonly string[]): UsageError {
  const near = (name === "as" ? FORMATS[value.toLowerCase()] : undefined) ?? nearest(value, choices);
  const told = near === undefined ? "" : `; did you mean --${name} ${near}?`;
  return new UsageError(`--${name} must be ${choices.join(" or ")}, and not "${value}"${told}`);
}
