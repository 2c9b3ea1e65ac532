import type { JsonObject, JsonValue } from "exportkit";
import { UsageError } from "./usage-error.js";

/**
 * The request in the words of the command line: `name=text`, or `name:=json` for everything that is no text. The names
 * are those of the request in code; the adapter checks them.
 */
export function readRequestFields(words: readonly string[]): JsonObject {
  const fields = new Map<string, JsonValue>();
  for (const word of words) {
    const [, name, kind, text] = /^([A-Za-z]\w*)(:?=)(.*)$/s.exec(word) ?? [];
    if (name === undefined || text === undefined) {
      throw new UsageError(`"${word}" is no request field; write name=text, or name:=json for other values`);
    }
    if (fields.has(name)) {
      throw new UsageError(`${name} is given twice; write a list as ${name}:='["one", "two"]'`);
    }
    fields.set(name, kind === "=" ? text : jsonOf(name, text));
  }
  return Object.fromEntries(fields);
}

function jsonOf(name: string, text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw new UsageError(`${name}:= must be followed by JSON, such as ${name}:=true or ${name}:='["one"]'`);
  }
}
