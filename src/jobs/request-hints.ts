import type { Hint } from "../model/issues.js";

// Loaded where a request is refused. It imports nothing, or a bundler would put that into a chunk of its own.

const memberOf = (holder: unknown, key: PropertyKey): unknown =>
  Object.getOwnPropertyDescriptor(Object(holder), key)?.value;

/** Tells of a request's field, or of the word in it, what was probably meant. */
export function requestHints(input: unknown, schema: unknown): Hint {
  return (path, problem) => {
    const name = String(path.at(-1));
    const holder = path.slice(0, -1).reduce(memberOf, input);
    const value = path.reduce(memberOf, input);
    if (typeof value === "string") {
      // Other messages quote names as well: of a header that comes twice.
      const listed = problem.startsWith("must be") ? problem.matchAll(/"(\w+)"/g) : [];
      const choices = Array.from(listed, ([, word = ""]) => word);
      const choice = likelyMeant(value, choices);
      if (choice !== undefined) return `did you mean "${choice}"?`;
    }
    if (value === undefined) {
      const near = path.length > 0 ? likelyMeant(name, Object.keys(Object(holder))) : undefined;
      return near === undefined ? undefined : `is ${near} a misspelling of it?`;
    }
    const near = problem.startsWith("is not a known field")
      ? likelyMeant(name, fieldsAt(schema, path.slice(0, -1)))
      : undefined;
    return near === undefined ? undefined : `did you mean ${near}?`;
  };
}

/** The one of some names that a misspelt one was probably meant to be: but for two letters, of a short name one, the same. */
export function likelyMeant(word: string, names: readonly string[]): string | undefined {
  const near = names
    .filter((name) => name !== word)
    .map((name) => ({ name, far: strayLetters(word.toLowerCase(), name.toLowerCase()) }))
    .sort((one, other) => one.far - other.far)[0];
  return near && near.far <= (near.name.length > 4 ? 2 : 1) ? near.name : undefined;
}

/** How many letters of one are not in the other. Their order does not count: to exchange two is the usual slip. */
function strayLetters(one: string, other: string): number {
  let [stray, rest] = [0, other];
  for (const letter of one.slice(0, 40)) {
    const less = rest.replace(letter, "");
    if (less === rest) stray++;
    rest = less;
  }
  return Math.max(stray, rest.length);
}

/** The names of the fields that a schema of zod knows at a place, in every member of a union; of others none. */
function fieldsAt(schema: unknown, path: readonly unknown[]): readonly string[] {
  const { options, innerType, shape = {}, element } = (schema as Zod)?._zod?.def ?? {};
  if (options) return options.flatMap((option) => fieldsAt(option, path));
  if (innerType) return fieldsAt(innerType, path);
  const [key, ...rest] = path;
  return path.length === 0 ? Object.keys(shape) : fieldsAt(shape[String(key)] ?? element, rest);
}

type Zod =
  | {
      readonly _zod?: {
        readonly def?: {
          readonly options?: readonly unknown[];
          readonly innerType?: unknown;
          readonly shape?: { readonly [name: string]: unknown };
          readonly element?: unknown;
        };
      };
    }
  | undefined;
