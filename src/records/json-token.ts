export const QUOTE = 0x22;
export const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
export const CLOSE_LIST = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;

/** One value of a JSON text that comes in pieces: finds where it ends, by its brackets and quotes alone. */
export class JsonToken {
  /** How many brackets are open; 0 for a string, a number and a word. */
  #depth = 0;
  #isInString = false;
  /** The text before ended behind a backslash in a string. */
  #isEscaped = false;

  /** @returns whether a value can begin with this character */
  begin(unit: number): boolean {
    this.#isInString = unit === QUOTE;
    this.#depth = unit === OPEN_LIST || unit === OPEN_OBJECT ? 1 : 0;
    return this.#isInString || this.#depth > 0 || isOfWord(unit);
  }

  /** @returns the index behind the value; -1 where it continues behind the text */
  scan(text: string, start: number): number {
    let at = start;
    while (at < text.length) {
      if (this.#isInString) {
        at = this.#scanString(text, at);
        if (this.#isInString) return -1;
        if (this.#depth === 0) return at;
        continue;
      }
      if (this.#depth === 0) {
        while (at < text.length && isOfWord(text.charCodeAt(at))) at++;
        return at < text.length ? at : -1;
      }
      const unit = text.charCodeAt(at++);
      if (unit === QUOTE) this.#isInString = true;
      // Of a bracket and a brace, what they have in common is enough: the element is parsed, and broken then.
      else if (unit === OPEN_OBJECT || unit === OPEN_LIST) this.#depth++;
      else if ((unit === CLOSE_OBJECT || unit === CLOSE_LIST) && --this.#depth === 0) return at;
    }
    return -1;
  }

  /** @returns the index behind the string's end, or the text's */
  #scanString(text: string, start: number): number {
    let at = start + (this.#isEscaped ? 1 : 0);
    this.#isEscaped = false;
    for (let quote = text.indexOf('"', at); quote !== -1; quote = text.indexOf('"', at)) {
      let slashes = 0;
      while (quote - 1 - slashes >= at && text.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes++;
      at = quote + 1;
      if (slashes % 2 === 1) continue;
      this.#isInString = false;
      return at;
    }
    let slashes = 0;
    while (text.length - 1 - slashes >= at && text.charCodeAt(text.length - 1 - slashes) === BACKSLASH)
      slashes++;
    this.#isEscaped = slashes % 2 === 1;
    return text.length;
  }
}

/** Whether a character can be of a number or a word. */
function isOfWord(unit: number): boolean {
  return (
    (unit >= 0x30 && unit <= 0x39) ||
    (unit >= 0x61 && unit <= 0x7a) ||
    (unit >= 0x41 && unit <= 0x5a) ||
    unit === 0x2b ||
    unit === 0x2d ||
    unit === 0x2e
  );
}
