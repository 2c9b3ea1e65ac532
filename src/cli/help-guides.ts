import type { GuideName } from "./grammar.js";
import { type Vendor, vendors } from "./vendors.js";

/** How the command line ends, for scripts. */
export const exitCodes: readonly (readonly [string, string])[] = [
  ["0", "done"],
  ["1", "failed; also whatever breaks off with --out -, since there is nothing to resume"],
  ["2", "the command line, the request, the credentials' form or the path is wrong"],
  [
    "75",
    "may succeed later: run the same command again (without --restart, once that has started an export)",
  ],
  ["130, 143", "interrupted: run the same command again to resume"],
  ["141", "the reader of the standard output has closed it"],
];

/** Variables that belong to no vendor. */
export const ownVariables: readonly (readonly [string, string])[] = [
  ["EXPORTKIT_PROFILE", "the profile to use, if --profile names none"],
  ["HTTPS_PROXY, NO_PROXY", "the proxy, and what is asked without it"],
  ["NO_COLOR", "no colours on a terminal"],
];

/** Lines of two columns. */
export function table(lines: readonly (readonly [string, string])[]): string {
  const width = Math.max(...lines.map(([left]) => left.length)) + 2;
  return lines.map(([left, text]) => `  ${left.padEnd(width)}${text}`.trimEnd()).join("\n");
}

/** Every vendor's variables: those of one line together, of several the one or the other. */
export function credentialsTable(): string {
  const line = (name: string, sets: Vendor["needs"][number]) =>
    `  ${name.padEnd(10)}${sets.map((set) => set.join(" + ")).join("\n            or ")}`;
  const lines = (Object.entries(vendors) as [string, Vendor][]).flatMap(([name, { needs }]) =>
    needs.map((sets, index) => line(index === 0 ? name : "", sets)),
  );
  return `${lines.join("\n")}
            ZEPHR_API_VERSION, if it is not the usual one`;
}

const texts: { readonly [Name in GuideName]: () => string } = {
  credentials:
    () => `Credentials never stand among the words of a command, which every user of a machine can see.

In the environment:
${credentialsTable()}

In a file each, as containers have it: ZEPHR_SECRET_KEY_FILE names a file that holds the value.

In a profile, one for each account: NAME=value lines in a file that nobody else can read.
  mkdir -p ~/.config/exportkit && umask 077
  cat > ~/.config/exportkit/news.env
  exportkit zephr --out readers.csv --as csv --profile news     by its name
  exportkit zephr --out readers.csv --as csv --profile ./news   by its path
  vault read … | exportkit zephr --out readers.csv --profile -  from the standard input
With a profile, nothing of the vendor comes from the environment.

Where a vendor's credentials are found: exportkit VENDOR --help
Whether they are right: exportkit doctor VENDOR
`,
  csv: () => `--as csv reads the records and writes them again, whatever the vendor sends.

  exportkit zephr --out readers.csv --as csv --columns user_id,user.identifiers.email_address=Mail
  exportkit authgear format=ndjson --out users.csv --as csv --preset excel
  exportkit avepoint … --out report.csv --as csv --sheet Permissions --header-row 3

--columns   names, or paths with dots, in this order; A.B=Name renames; JSON for names with a comma
--preset    excel: byte order mark, CRLF, formulas disarmed, dates and TRUE as spreadsheets take them
--dates, --booleans, --null-text, --quote, --delimiter, --newline, --bom, --formulas: one at a time
A column that no record has a value in is named when the file is saved.
`,
  resuming:
    () => `Run the same command again: it resumes the same export at the vendor, and the same bytes of the file.
FILE.job.json carries the export meanwhile, FILE.part the bytes. FILE is only ever a whole file.

An earlier run left                       --leftover resume    restart       fail
  the same request, not too old           resumes it           a new export  exit 2
  the same request, older than --max-age,
  expired or failed                       a new export, said   a new export  exit 2
  another request, with --overwrite       a new export, said   a new export  exit 2
  another request, without it             exit 2               a new export  exit 2

Every night, and never in need of a person:
  5 3 * * *  exportkit authgear format=ndjson --out /srv/users.ndjson --overwrite --max-age 20h -q

What would be done: --dry-run. Which exports there are: exportkit list
`,
  scripts: () => `Exit codes:
${table(exitCodes)}

--json prints one JSON object on the standard output (with --out - on the standard error):
  path, jobId, createdAt, finishedAt, savedAt, durationMs, bytes, records, sha256,
  resumed, repeated, uncheckedRepeats, skipped, emptyColumns, discarded
start, status and wait print { path, job }; list an array; doctor { ok, findings }.
A failure is one JSON object on the standard error: code, message, hint, see, and what else is known.

-q says nothing but errors, so that cron sends no mail. Progress is for terminals alone.

Variables:
${table(ownVariables)}
`,
};

export function guideText(name: GuideName): string {
  return texts[name]();
}
