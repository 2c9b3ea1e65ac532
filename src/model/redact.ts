import type { JsonValue } from "./json.js";

/** Keeps the secrets of one connection and takes them out of whatever is shown. */
export interface Redactor {
  /** Learns secrets on the way, to be hidden from what is shown. Very short strings would garble ordinary words. */
  add(...secrets: readonly (string | null | undefined)[]): void;
  /** Takes out the known secrets, and what has the form of one. Cuts what is very long. */
  text(value: string): string;
  /** {@link Redactor.text} for every string and key of a JSON value. Cuts what is very large, or nested very deep. */
  json<T extends JsonValue | undefined>(value: T): T;
  /**
   * Takes out the configured secrets only: data must not change because it looks like a secret, nor because a server
   * said something alike.
   */
  configured<T extends JsonValue | undefined>(value: T): T;
  /** A copy of an error that is safe to hand out as a cause: scrubbed message, frames kept, extra properties dropped. */
  cause(error: unknown): Error | undefined;
}

const SHORTEST_WORD = 8;
const SHORTEST_SECRET = 5;
// Tokens and signed URLs are renewed for ever in a long download; the oldest have expired long since. So many are kept at
// least, and twice as many at most.
const KEPT_SECRETS = 500;
const DEEPEST_CAUSE = 4;
// Longer ones help nobody, and a provider's words may be as long as an answer.
const LONGEST_TEXT = 8_192;
// The same for details: an answer may hold millions of words, or lists within lists until the stack is used up.
const MOST_VALUES = 1_000;
const DEEPEST_VALUE = 16;
const CUT = "… (cut)";

// Secrets nobody registered, recognised by their form: a provider may repeat a token or a signed URL in an error text.
const SECRET_FORMS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, "[redacted key]"],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, "[redacted token]"],
  // A digit or padding tells a credential from an ordinary word: "Basic authentication" stays.
  [/\b(bearer|basic|[A-Z]+-HMAC-SHA256)\s+(?=\S*[\d=])[\w.~+/=:-]{8,}/gi, "$1 [redacted]"],
  [/(https?:\/\/)[^\s/@"']+@/gi, "$1"],
  [/(https?:\/\/[^\s"'<>?#]+)\?[^\s"'<>]*/gi, "$1?[redacted]"],
  // The query of a signed URL without its beginning, as the stores put it into their error texts.
  [
    /\b(x-(?:amz|goog)-(?:signature|credential|security-token)|(?:access_|refresh_|id_)?token|client_secret|client_assertion|sig|signature)=[^\s&"'<>]+/gi,
    "$1=[redacted]",
  ],
];

export function createRedactor(initial: readonly string[] = []): Redactor {
  const configured = longestFirst(initial.filter(isKept));
  let learned = new Set<string>();
  let older = new Set<string>();
  let ordered: readonly string[] | undefined;

  const withoutLearned = (value: string): string => {
    ordered ??= longestFirst([...configured, ...older, ...learned]);
    return without(value, ordered);
  };

  const text = (value: string): string => {
    let clean = withoutLearned(value);
    // Cut only now: half a secret would not be recognised.
    if (clean.length > LONGEST_TEXT) clean = clean.slice(0, LONGEST_TEXT) + CUT;
    for (const [form, substitute] of SECRET_FORMS) clean = clean.replace(form, substitute);
    return clean;
  };

  const cause = (error: unknown, depth = 0): Error | undefined => {
    if (error === undefined || error === null || depth > DEEPEST_CAUSE) return undefined;
    const thrown = readThrown(error);
    const inner = cause(thrown.cause, depth + 1);
    const copy = new Error(text(thrown.message), inner && { cause: inner });
    copy.name = text(thrown.name);
    copy.stack = [`${copy.name}: ${copy.message}`, ...thrown.frames.map(text)].join("\n");
    if (thrown.code !== undefined) Object.assign(copy, { code: text(thrown.code) });
    return copy;
  };

  const add = (...added: readonly (string | null | undefined)[]): void => {
    for (const secret of added) if (isKept(secret)) learned.add(secret);
    ordered = undefined;
    if (learned.size < KEPT_SECRETS) return;
    // All at once, for nothing of them need be copied.
    older = learned;
    learned = new Set();
  };

  return {
    add,
    text,
    json: (value) => mapStrings(cut(value, DEEPEST_VALUE, { left: MOST_VALUES }), text),
    configured: (value) => mapStrings(value, (item) => without(item, configured)),
    cause: (error) => cause(error),
  };
}

/** Whether hiding it does not garble ordinary sentences: a short secret is told from a word by a digit or a sign in it. */
function isKept(secret: string | null | undefined): secret is string {
  if (!secret || secret.length < SHORTEST_SECRET) return false;
  return secret.length >= SHORTEST_WORD || !/^[a-z]*$/i.test(secret);
}

/** Longest first: a secret may be part of another one. */
function longestFirst(secrets: Iterable<string>): readonly string[] {
  return [...secrets].sort((a, b) => b.length - a.length);
}

function without(value: string, secrets: readonly string[]): string {
  let clean = value;
  for (const secret of secrets) {
    if (clean.includes(secret)) clean = clean.replaceAll(secret, "[redacted]");
  }
  return clean;
}

/** The value without what lies deeper than `depth`, or comes after so many values. */
function cut<T extends JsonValue | undefined>(value: T, depth: number, room: { left: number }): T {
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return CUT as T;
  const entries: [string, JsonValue | undefined][] = [];
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    if (room.left-- <= 0) {
      entries.push([CUT, CUT]);
      break;
    }
    entries.push([key, cut((value as { readonly [key: string]: JsonValue })[key], depth - 1, room)]);
  }
  if (Array.isArray(value)) return entries.map(([, item]) => item) as unknown as T;
  return Object.fromEntries(entries) as T;
}

function mapStrings<T extends JsonValue | undefined>(value: T, map: (text: string) => string): T {
  if (typeof value === "string") return map(value) as T;
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, map)) as unknown as T;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => [
      map(key),
      mapStrings(item as JsonValue, map),
    ]);
    return Object.fromEntries(entries) as T;
  }
  return value;
}

/** What is worth knowing of something that was thrown. */
interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  /** The lines of the stack that name places, without the message before them. */
  readonly frames: readonly string[];
  readonly cause: unknown;
}

/**
 * Reads anything that can be thrown. By its shape and not by `instanceof`: runtimes and test runners throw errors of
 * another realm, and a custom `fetch` may throw a string, nothing, or an object that cannot even be made a string.
 */
function readThrown(error: unknown): Thrown {
  try {
    const { name, message, code, stack, cause, errors } = Object(error) as {
      readonly [key: string]: unknown;
    };
    const text = typeof message === "string" ? message || messagesOf(errors) : String(error);
    const lines = typeof stack === "string" ? stack.split("\n") : [];
    return {
      name: typeof name === "string" && name !== "" ? name : "Error",
      message: text,
      code: typeof code === "string" ? code : undefined,
      frames: lines.filter((line) => /^\s+at /.test(line)),
      cause,
    };
  } catch {
    return {
      name: "Error",
      message: "something was thrown that cannot be read",
      code: undefined,
      frames: [],
      cause: undefined,
    };
  }
}

/** Node reports the failures of all addresses of a name together, and gives the whole no message. */
function messagesOf(errors: unknown): string {
  if (!Array.isArray(errors)) return "";
  return errors.map((error: unknown) => readThrown(error).message).join("; ");
}
