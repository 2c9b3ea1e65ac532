import { type Action, actions, isAction, type OptionEntry, optionsOf } from "./grammar.js";
import { tapHelpText } from "./tap/tap-help.js";
import { vendorHelpText } from "./vendor-help.js";
import { type Vendor, type VendorName, vendors } from "./vendors.js";

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

/** Variables that are no vendor's. */
export const ownVariables: readonly (readonly [string, string])[] = [
  ["EXPORTKIT_PROFILE", "the profile to use, if --profile names none"],
  ["HTTPS_PROXY, NO_PROXY", "the proxy, and what is asked without it"],
  ["NO_COLOR", "no colours on a terminal"],
];

/** An option as one writes it: `-o, --out FILE`. */
export function formOf(name: string, { short, value, choices }: OptionEntry): string {
  const isPlain = choices?.length === 1 || value === undefined || !/^[A-Z]+$/.test(value);
  const operand = choices && !isPlain ? choices.join("|") : value;
  return `${short ? `-${short}, ` : ""}--${name}${operand === undefined ? "" : ` ${operand}`}`;
}

function optionLines(action: Action): string {
  const lines = [...optionsOf(action)].map(([name, entry]) => [formOf(name, entry), entry.text] as const);
  return table([
    ...lines,
    ["-h, --help", "this text; of a vendor, what can be asked of it"],
    ["--version", ""],
  ]);
}

function table(lines: readonly (readonly [string, string])[]): string {
  const width = Math.max(...lines.map(([left]) => left.length)) + 2;
  return lines.map(([left, text]) => `  ${left.padEnd(width)}${text}`.trimEnd()).join("\n");
}

function credentialsLine(name: string, sets: Vendor["needs"][number]): string {
  return `  ${name.padEnd(10)}${sets.map((set) => set.join(" + ")).join("\n            or ")}`;
}

/** The text of `exportkit --help`, or that of a vendor or an action. */
export function helpText(topic: VendorName | Action | undefined): string {
  if (topic === undefined) return overview();
  if (topic === "tap") return tapHelpText;
  return isAction(topic) ? actionHelp(topic) : vendorHelpText(topic);
}

function actionHelp(action: Action): string {
  const { words, text } = actions[action];
  return `Usage: exportkit ${action} ${words}${words ? " " : ""}[options]

${text.charAt(0).toUpperCase()}${text.slice(1)}.

Options:
${optionLines(action)}
`;
}

function overview(): string {
  const list = Object.entries(vendors) as [string, Vendor][];
  const others = Object.entries(actions).map(
    ([name, { words, text }]) => [`${name} ${words}`.trimEnd(), text] as const,
  );
  return `Usage: exportkit VENDOR [name=text | name:=json …] --out FILE [options]
       exportkit COMMAND …

Runs an export and saves it. Killed at any moment and run again, it resumes where it was: with the
same export at the vendor, and the same bytes of FILE. The request's fields are those of the
package: name=text, or name:=json for numbers, lists and true.

${list.map(([, { example }]) => `  ${example}`).join("\n")}

What a vendor can be asked for: exportkit ${list.map(([name]) => name).join("|")} --help

Commands:
${table(others)}

Options:
${optionLines("run")}

Credentials come from the environment, or from a profile:
${list.flatMap(([name, { needs }]) => needs.map((sets, index) => credentialsLine(index === 0 ? name : "", sets))).join("\n")}
            ZEPHR_API_VERSION, if it is not the usual one

Other variables:
${table(ownVariables)}

Exit codes:
${table(exitCodes)}
`;
}
