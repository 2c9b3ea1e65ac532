import { textOf } from "./noted-text.js";

// Of JSON: a name with its colon, another string, or what opens or closes.
const TOKENS = /("[^"\\]*(?:\\.[^"\\]*)*")\s*:|"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]/g;

/** The names of a record's own members, as they stand in its JSON where that was noted. */
export function namesInOrder(record: { readonly [name: string]: unknown }): readonly string[] {
  const names = new Set<string>();
  let level = 0;
  for (const [token, name] of (textOf.get(record) ?? "").matchAll(TOKENS)) {
    if (token === "{" || token === "[") level += 1;
    else if (token === "}" || token === "]") level -= 1;
    else if (level === 1 && name !== undefined) names.add(JSON.parse(name));
  }
  for (const name of Object.keys(record)) names.add(name);
  return [...names];
}
