import { type Vendor, vendors } from "./vendors.js";

const options: readonly (readonly [string, string])[] = [
  ["-o, --out FILE", "where to; - is the standard output"],
  ["--as FORMAT", "raw (default: what the vendor sends), ndjson or csv"],
  ["--columns A,B.C=Name", "with --as csv: these columns or paths and no others, B.C renamed; or JSON"],
  ["--preset excel", "with --as csv: as spreadsheets want it; or one by one: --bom,"],
  ["", "--newline crlf, --formulas escape, --dates spreadsheet, --booleans upper"],
  ["--delimiter ';'", "with --as csv: between cells; tab is one, too"],
  ["--null-text NULL", "with --as csv: the cell of what is null; --quote all quotes every other"],
  ["--skip-invalid", "pass over records that cannot be read, and say how many"],
  ["--overwrite", "replace FILE if it is there, when the new one is whole"],
  ["--restart", "start a new export instead of resuming an earlier run"],
  ["--timeout 30m", "how long to wait for the vendor; then exit with 75; not with --out -"],
  ["--json", "print the result, or what went wrong, as JSON"],
  ["-q, --quiet", "no progress"],
  ["-v, --verbose", "every request and retry, on the standard error"],
  ["-h, --help; --version", ""],
];

function credentialsLine(name: string, sets: Vendor["needs"][number]): string {
  return `  ${name.padEnd(10)}${sets.map((set) => set.join(" + ")).join("\n            or ")}`;
}

/** The text of `exportkit --help`. */
export function helpText(): string {
  const list = Object.entries(vendors) as [string, Vendor][];
  return `Usage: exportkit VENDOR [name=text | name:=json …] --out FILE [options]
       exportkit VENDOR --help
       exportkit emulate VENDOR [--port 4001] [--records 1000]
       exportkit tap --config FILE [--state FILE]   for targets of Singer; see exportkit tap --help

Runs an export and saves it. Killed at any moment and run again, it resumes where it was: with the
same export at the vendor, and the same bytes of FILE. The request's fields are those of the
package: name=text, or name:=json for numbers, lists and true.

${list.map(([, { example }]) => `  ${example}`).join("\n")}

Options:
${options.map(([option, text]) => `  ${option.padEnd(22)}${text}`.trimEnd()).join("\n")}

Credentials come from the environment:
${list.flatMap(([name, { needs }]) => needs.map((sets, index) => credentialsLine(index === 0 ? name : "", sets))).join("\n")}
            ZEPHR_API_VERSION, if it is not the usual one

Exit codes: 0 done; 1 failed; 2 the command line, the request, the credentials' form or the path is
wrong; 75 may succeed when run again (without --restart, if that has started an export already);
130 and 143 interrupted, run again to resume. With --out - there is nothing to resume: 1.
`;
}
