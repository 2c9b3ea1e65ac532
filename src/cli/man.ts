import { actions, type OptionEntry, optionTable } from "./grammar.js";
import { formOf } from "./help.js";
import { exitCodes, ownVariables } from "./help-guides.js";
import { guides } from "./vendor-help.js";
import { type Vendor, type VendorName, vendors } from "./vendors.js";

/** The manual page, made of the same tables as the help. In troff's man macros. */
export function manPage(version: string): string {
  const options = Object.entries(optionTable) as [string, OptionEntry][];
  const names = Object.keys(vendors) as VendorName[];
  return [
    `.TH EXPORTKIT 1 "" "exportkit ${version}" "User Commands"`,
    ".SH NAME",
    "exportkit \\- bulk exports out of SaaS systems, resumable",
    ".SH SYNOPSIS",
    ".B exportkit",
    "VENDOR [name=text | name:=json ...] \\-\\-out FILE [options]",
    ".br",
    ".B exportkit",
    "COMMAND ...",
    ".SH DESCRIPTION",
    escaped(
      "Runs an export and saves it. Killed at any moment and run again, it resumes where it was: with the same export at " +
        "the vendor, and the same bytes of FILE.",
    ),
    ".SH COMMANDS",
    ...Object.entries(actions).flatMap(([name, { words, text }]) => item(`${name} ${words}`.trimEnd(), text)),
    ".SH OPTIONS",
    ...options.flatMap(([name, entry]) =>
      item(formOf(name, entry), `${entry.text} (${entry.of.join(", ")})`),
    ),
    ...names.flatMap((name) => vendorSection(name)),
    ".SH ENVIRONMENT",
    ...ownVariables.flatMap(([name, text]) => item(name, text)),
    ".SH EXIT STATUS",
    ...exitCodes.flatMap(([code, text]) => item(code, text)),
    "",
  ].join("\n");
}

function vendorSection(name: VendorName): readonly string[] {
  const { needs, example }: Vendor = vendors[name];
  const { credentials, fields, notes } = guides[name];
  const sets = needs.map((alternatives) => alternatives.map((set) => set.join(" + ")).join(", or "));
  return [
    `.SH ${name.toUpperCase()}`,
    ".nf",
    escaped(example),
    ".fi",
    ...fields.flatMap(({ form, meaning }) => item(form, meaning)),
    ...(notes.length === 0 ? [] : [".PP", ".nf", ...notes.map(escaped), ".fi"]),
    ".PP",
    escaped(`Credentials: ${sets.join("; and ")}. They are found ${credentials}.`),
  ];
}

function item(term: string, text: string): readonly string[] {
  return [".TP", `.B ${escaped(term)}`, escaped(text)];
}

/** Text as troff takes it: a line must not begin with a dot or an apostrophe, and a hyphen is a minus. */
function escaped(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("…", "...")
    .replace(/^(?=[.'])/, "\\&");
}
