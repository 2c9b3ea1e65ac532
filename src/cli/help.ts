import {
  type Action,
  actions,
  type GuideName,
  guides,
  isAction,
  isGuideName,
  type OptionEntry,
  optionsOf,
} from "./grammar.js";
import { credentialsTable, exitCodes, guideText, ownVariables, table } from "./help-guides.js";
import { tapHelpText } from "./tap/tap-help.js";
import { vendorHelpText } from "./vendor-help.js";
import { type Vendor, type VendorName, vendors } from "./vendors.js";

/** What `exportkit help` can be asked about. */
export type HelpTopic = VendorName | Action | GuideName;

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
    ["-V, --version", "the version"],
  ]);
}

/** The text of `exportkit --help`, or that of a vendor or an action. */
export function helpText(topic: HelpTopic | undefined): string {
  if (topic === undefined) return overview();
  if (isGuideName(topic)) return guideText(topic);
  if (topic === "tap") return tapHelpText;
  return isAction(topic) ? actionHelp(topic) : vendorHelpText(topic);
}

function actionHelp(action: Action): string {
  const { words, text, examples } = actions[action];
  return `Usage: exportkit ${action} ${words}${words ? " " : ""}[options]

${text.charAt(0).toUpperCase()}${text.slice(1)}.

${examples.length === 0 ? "" : `Examples:\n${examples.map((example) => `  exportkit ${example}`).join("\n")}\n\n`}Options:
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

More: exportkit help WORD, of a command, a vendor, or
${table(Object.entries(guides))}

Options:
${optionLines("run")}

Credentials come from the environment, or from a profile:
${credentialsTable()}

Other variables:
${table(ownVariables)}

Exit codes:
${table(exitCodes)}
`;
}
