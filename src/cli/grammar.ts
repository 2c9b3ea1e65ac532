/** What one can ask of the command line; `run` where no other is named. */
export const actions = {
  run: {
    words: "VENDOR [FIELD=VALUE …] --out FILE",
    text: "export and save; the word run may be left out",
    examples: [
      "authgear format=ndjson --out users.ndjson",
      "zephr since=24h --out readers.csv --as csv --columns user_id,registered",
      "authgear format=ndjson --out - | jq .email",
    ],
  },
  start: {
    words: "VENDOR [FIELD=VALUE …] --out FILE",
    text: "start an export; status, wait and download resume it",
    examples: [
      "start authgear format=ndjson --out users.ndjson",
      "wait users.ndjson",
      "download users.ndjson",
    ],
  },
  status: {
    words: "[FILE | ID]",
    text: "ask the vendor once how an export stands",
    examples: ["status users.ndjson", "status --json"],
  },
  wait: {
    words: "[FILE | ID]",
    text: "wait until the vendor has made it",
    examples: ["wait users.ndjson --timeout 30m"],
  },
  download: {
    words: "[FILE | ID]",
    text: "save it, once the vendor has made it",
    examples: ["download users.ndjson", "download users.csv --as csv --overwrite"],
  },
  list: {
    words: "",
    text: "the exports that this machine knows",
    examples: ["list", "list --json | jq '.[].out'"],
  },
  doctor: {
    words: "VENDOR [--out FILE]",
    text: "sign in, check clock, proxy and place; starts and writes nothing",
    examples: ["doctor authgear", "doctor zephr --profile news --out readers.csv"],
  },
  emulate: {
    words: "VENDOR",
    text: "serve a vendor's emulator, to try all this without an account",
    examples: ["emulate authgear --port 4001 --records 5000", "emulate zephr > zephr.env"],
  },
  tap: { words: "VENDOR …", text: "feed a target of Singer; see exportkit tap --help", examples: [] },
  completion: {
    words: "bash | zsh | fish",
    text: "print the completion script for a shell",
    examples: ["completion fish | source"],
  },
  man: { words: "", text: "print the manual page", examples: ["man | man -l -"] },
  version: {
    words: "",
    text: "print the version; with --json Node's, too",
    examples: ["version --json"],
  },
} as const;

export type Action = keyof typeof actions;

export function isAction(word: string): word is Action {
  return Object.hasOwn(actions, word);
}

/** What `exportkit help` tells beside commands and vendors. */
export const guides = {
  credentials: "where credentials go: variables, files, profiles",
  csv: "CSV for spreadsheets and loaders",
  resuming: "what a killed run leaves, and what the next one does with it",
  scripts: "exit codes, JSON and silence",
} as const;

export type GuideName = keyof typeof guides;

export function isGuideName(word: string): word is GuideName {
  return Object.hasOwn(guides, word);
}

/** An option, as every help text tells it. */
export interface OptionEntry {
  readonly short?: string;
  /** What stands behind it; absent of a switch. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly text: string;
  readonly of: readonly Action[];
}

const STARTING: readonly Action[] = ["run", "start"];
const SAVING: readonly Action[] = ["run", "start", "download"];
const ASKING: readonly Action[] = ["run", "start", "status", "wait", "download", "doctor"];
const WORKING: readonly Action[] = ["run", "start", "wait", "download"];
const TELLING: readonly Action[] = [...ASKING, "list", "version"];
const CSV = "with --as csv:";

/** Every option but `--help` and `--version`, in the order of the help. */
export const optionTable = {
  out: { short: "o", value: "FILE", text: "where to; - is the standard output", of: [...STARTING, "doctor"] },
  as: {
    value: "FORMAT",
    choices: ["raw", "ndjson", "csv"],
    text: "raw (default: what the vendor sends), ndjson or csv",
    of: SAVING,
  },
  columns: {
    value: "A,B.C=Name",
    text: `${CSV} these columns or paths and no others, B.C renamed; or JSON`,
    of: SAVING,
  },
  preset: { value: "excel", choices: ["excel"], text: `${CSV} as spreadsheets want it`, of: SAVING },
  delimiter: { value: "';'", text: `${CSV} between cells; tab is one, too`, of: SAVING },
  bom: { text: `${CSV} begin with a byte order mark`, of: SAVING },
  newline: { value: "crlf", choices: ["lf", "crlf"], text: `${CSV} at the end of a row`, of: SAVING },
  "null-text": { value: "NULL", text: `${CSV} the cell of what is null`, of: SAVING },
  quote: {
    value: "all",
    choices: ["minimal", "all"],
    text: `${CSV} all quotes every other cell`,
    of: SAVING,
  },
  formulas: {
    value: "escape",
    choices: ["escape", "keep"],
    text: `${CSV} escape what a spreadsheet would run`,
    of: SAVING,
  },
  dates: {
    value: "spreadsheet",
    choices: ["keep", "spreadsheet"],
    text: `${CSV} as spreadsheets read them`,
    of: SAVING,
  },
  booleans: { value: "upper", choices: ["lower", "upper"], text: `${CSV} TRUE and FALSE`, of: SAVING },
  "skip-invalid": { text: "pass over records that cannot be read, and say how many", of: SAVING },
  sheet: { value: "NAME,…", text: "avepoint: read these sheets only", of: SAVING },
  "header-row": {
    value: "ROW",
    text: "avepoint: the row that names the columns: 1, 2, …; auto; none",
    of: SAVING,
  },
  "page-size": { value: "COUNT", text: "zephr: users a page", of: STARTING },
  integers: {
    value: "KIND",
    choices: ["string", "bigint", "number"],
    text: "numbers that a double cannot hold: as they came, or rounded (number)",
    of: SAVING,
  },
  "max-buffered": {
    value: "SIZE",
    text: "the most that is held of one line or page, such as 64MB",
    of: SAVING,
  },
  overwrite: { text: "replace FILE if it is there, when the new one is whole", of: SAVING },
  leftover: {
    value: "WHAT",
    choices: ["resume", "restart", "fail"],
    text: "an export that an earlier run left: resume it (default), restart, fail",
    of: STARTING,
  },
  restart: { text: "the same as --leftover restart", of: STARTING },
  "max-age": { value: "20h", text: "resume an earlier export only if it is younger", of: STARTING },
  "dry-run": { text: "say what would be sent and done, and do nothing", of: STARTING },
  timeout: { value: "30m", text: "how long to wait for the vendor; then exit with 75", of: ["run", "wait"] },
  profile: {
    value: "NAME",
    text: "credentials of a profile; of a file, by its path; of the standard input: -",
    of: ASKING,
  },
  json: { text: "print the result, or what went wrong, as JSON", of: TELLING },
  quiet: { short: "q", text: "nothing but errors, and the result of --json", of: ASKING },
  "no-progress": { text: "never rewrite a line, not even on a terminal", of: WORKING },
  verbose: { short: "v", text: "every request and retry, on the standard error", of: ASKING },
  port: { value: "4001", text: "where to listen; default any free port", of: ["emulate"] },
  host: { value: "HOST", text: "which address to listen on; default 127.0.0.1", of: ["emulate"] },
  records: { value: "COUNT", text: "how many users or rows there are; default 1000", of: ["emulate"] },
} as const satisfies { readonly [name: string]: OptionEntry };

export type OptionName = keyof typeof optionTable;

/** The options of an action, in order. */
export function optionsOf(action: Action): readonly (readonly [OptionName, OptionEntry])[] {
  const all = Object.entries(optionTable) as [OptionName, OptionEntry][];
  return all.filter(([, { of }]) => of.includes(action));
}
