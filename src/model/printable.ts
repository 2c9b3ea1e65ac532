// What a provider or a stored job says must not pass for another line of a log, nor steer a terminal.
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu;

/** A text as one line that can be shown: what is not to be printed becomes a space. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, " ");
}
