import type { JsonObject, JsonValue } from "exportkit";
import { nearest } from "./nearest.js";
import { UsageError } from "./usage-error.js";
import { guides } from "./vendor-help.js";
import type { VendorName } from "./vendors.js";

/**
 * The request in the words of the command line: `name=text`, or `name:=json` for everything that is not text. The names
 * are those of the request in code; the adapter checks them.
 */
export function readRequestFields(words: readonly string[], vendor: VendorName): JsonObject {
  const fields = new Map<string, JsonValue>();
  const texts: [name: string, text: string][] = [];
  for (const word of words) {
    const [, name, kind, text] = /^([A-Za-z]\w*)(:?=)(.*)$/s.exec(word) ?? [];
    if (name === undefined || text === undefined) {
      throw new UsageError(
        `"${word}" is not a request field; write name=text, or name:=json for other values`,
      );
    }
    checkName(name, vendor);
    if (fields.has(name)) {
      throw new UsageError(`${name} is given twice; write a list as ${name}:='["one", "two"]'`);
    }
    if (kind === "=") texts.push([name, text]);
    fields.set(name, kind === "=" ? timeOf(name, text) : jsonOf(name, text));
  }
  for (const [name, text] of texts) checkIsText(name, text, vendor);
  return Object.fromEntries(fields);
}

function checkName(name: string, vendor: VendorName): void {
  const known = guides[vendor].fields.map((field) => field.name);
  if (known.includes(name)) return;
  const near = nearest(name, known);
  const told = near === undefined ? `it has ${known.join(", ")}` : `did you mean ${near}?`;
  throw new UsageError(`${vendor} has no field ${name}; ${told}`);
}

/** A field that is not text is written as JSON: the list or number that was meant is told. */
function checkIsText(name: string, text: string, vendor: VendorName): void {
  const { form } = guides[vendor].fields.find((field) => field.name === name) ?? { form: "" };
  const [, example] = /^\w+:=(.*)$/.exec(form) ?? [];
  // What version 4 of the export of Zephr takes besides a list.
  if (example === undefined || (name === "appIds" && text === "all")) return;
  const list = JSON.stringify(text.split(",")).replaceAll("'", "'\\''");
  const meant = example.startsWith("'[") ? `'${list}'` : text;
  const isSo = /^'\[|^(true|false|\d+)$/.test(meant);
  throw new UsageError(`${name} is not text; write ${name}:=${isSo ? meant : example}`);
}

const MOMENTS = ["since", "registeredSince", "registeredBefore", "from", "to"];
const SPANS = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A time that is told by how long ago it is: `90m`, `24h`, `7d`, `yesterday` or `today`. It falls on the beginning of a whole
 * minute, hour or day (of UTC), so that a run which is repeated soon asks for the same and resumes.
 */
function timeOf(name: string, text: string): string {
  if (!MOMENTS.includes(name)) return text;
  const word = { yesterday: "1d", today: "0d" }[text] ?? text;
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(word) ?? [];
  if (count === undefined || unit === undefined) return text;
  const span = SPANS[unit as keyof typeof SPANS];
  return new Date((Math.floor(Date.now() / span) - Number(count)) * span).toISOString();
}

function jsonOf(name: string, text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw new UsageError(`${name}:= must be followed by JSON, such as ${name}:=true or ${name}:='["one"]'`);
  }
}
