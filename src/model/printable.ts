// What a provider or a stored job says must not pass for another line of a log, nor steer a terminal.
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu;

/** A text as one line that can be shown: what is not to be printed becomes a space. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, " ");
}

/** A value as it may stand in a message: what is short and plain as it is, of everything else only its kind. */
export function shown(value: unknown): string {
  if (typeof value === "string") return value.length <= 40 ? JSON.stringify(value) : "a long string";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  return typeof value === "function" || typeof value === "symbol" ? `a ${typeof value}` : String(value);
}
