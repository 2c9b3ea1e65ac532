/**
 * So many units are joined before they are encoded. A whole batch of records would be a string of so many pieces that to put
 * them together takes as long as to encode them.
 */
const ENOUGH = 512;

/** What is larger is not kept for the next batch. */
const LARGEST_KEPT = 2 ** 20;

const utf8 = new TextEncoder();

/** Collects what an encoder writes, record by record, as bytes. */
export class Utf8Output {
  readonly #isWellFormed: boolean;
  #text = "";
  #bytes = new Uint8Array(0);
  #length = 0;

  /** @param isWellFormed - whether no half of a surrogate pair can stand alone in what is appended */
  constructor(isWellFormed: boolean) {
    this.#isWellFormed = isWellFormed;
  }

  /** @param text - ends between two characters */
  append(text: string): void {
    this.#text += text;
    if (this.#text.length >= ENOUGH) this.#encode();
  }

  /** What was appended since it was asked before; `undefined` if that is nothing. */
  take(): Uint8Array | undefined {
    if (this.#text !== "") this.#encode();
    if (this.#length === 0) return undefined;
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    if (this.#bytes.length > LARGEST_KEPT) this.#bytes = new Uint8Array(0);
    return taken;
  }

  #encode(): void {
    const text = this.#isWellFormed ? this.#text : wellFormed(this.#text);
    this.#text = "";
    const former = this.#bytes;
    const needed = this.#length + 3 * text.length;
    if (needed > former.length) {
      this.#bytes = new Uint8Array(Math.max(needed, 2 * former.length));
      this.#bytes.set(former);
    }
    this.#length += utf8.encodeInto(text, this.#bytes.subarray(this.#length)).written;
  }
}

/** A lone surrogate, which UTF-8 cannot hold, as NDJSON writes it in any case: by its escape. */
function wellFormed(text: string): string {
  const { isWellFormed } = text as { isWellFormed?: () => boolean };
  if (isWellFormed?.call(text)) return text;
  return text.replace(/[\uD800-\uDFFF]/gu, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
}
