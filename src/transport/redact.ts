import type { JsonValue } from "../json.js";

/** Keeps the secrets of one connection and takes them out of whatever is shown. */
export interface Redactor {
  /** Remembers a secret. Very short strings are passed over: hiding them would garble ordinary words. */
  add(secret: string | null | undefined): void;
  text(value: string): string;
  json<T extends JsonValue | undefined>(value: T): T;
  /** A copy of an error that is safe to hand out as a cause: scrubbed message, frames kept, extra properties dropped. */
  cause(error: unknown): Error | undefined;
}

const SHORTEST_SECRET = 4;
// Tokens and signed URLs are renewed for ever in a long download; the oldest have expired long since.
const MOST_SECRETS = 256;

// Secrets nobody registered, recognised by their form: a provider may repeat a token or a signed URL in an error text.
const SECRET_FORMS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, "[redacted key]"],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, "[redacted token]"],
  [/\b([Bb]earer|Basic|[A-Z]+-HMAC-SHA256)\s+[\w.~+/=:-]{8,}/g, "$1 [redacted]"],
  [/(https?:\/\/)[^\s/@"']+@/gi, "$1"],
  [/(https?:\/\/[^\s"'<>?#]+)\?[^\s"'<>]*/gi, "$1?[redacted]"],
];

export function createRedactor(initial: readonly string[] = []): Redactor {
  const secrets = new Set<string>();

  const text = (value: string): string => {
    let clean = value;
    // Longest first: a secret may be part of another one.
    for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
      if (clean.includes(secret)) clean = clean.replaceAll(secret, "[redacted]");
    }
    for (const [form, substitute] of SECRET_FORMS) clean = clean.replace(form, substitute);
    return clean;
  };

  const json = <T extends JsonValue | undefined>(value: T): T => {
    if (typeof value === "string") return text(value) as T;
    if (Array.isArray(value)) return value.map(json) as unknown as T;
    if (typeof value === "object" && value !== null) {
      const entries = Object.entries(value).map(([key, item]) => [text(key), json(item as JsonValue)]);
      return Object.fromEntries(entries) as T;
    }
    return value;
  };

  const cause = (error: unknown, depth = 0): Error | undefined => {
    if (error === undefined || error === null || depth > 4) return undefined;
    if (!(error instanceof Error)) return new Error(text(String(error)));
    const inner = cause(error.cause, depth + 1);
    const copy = new Error(text(error.message), inner && { cause: inner });
    copy.name = error.name;
    const frames = error.stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
    copy.stack = [`${copy.name}: ${copy.message}`, ...frames.map(text)].join("\n");
    const code = (error as { code?: unknown }).code;
    if (typeof code === "string") Object.assign(copy, { code });
    return copy;
  };

  const add = (secret: string | null | undefined): void => {
    if (!secret || secret.length < SHORTEST_SECRET) return;
    secrets.delete(secret);
    secrets.add(secret);
    if (secrets.size > MOST_SECRETS + initial.length) {
      for (const old of secrets) {
        if (initial.includes(old)) continue;
        secrets.delete(old);
        break;
      }
    }
  };

  for (const secret of initial) add(secret);
  return { add, text, json, cause: (error) => cause(error) };
}
