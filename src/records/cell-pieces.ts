const QUOTE = 0x22;

/** An expression, for `replaceAll` builds the text piece by piece. */
const DOUBLED = /""/g;

/** A text that grows piece by piece is made fastest, as long as the pieces are not so many that they take up memory. */
const MOST_GROWN = 256;

/** The next quote is mostly so near that to look at each character is faster than to begin a search. */
const NEAR = 32;

/** A cell of CSV that comes in pieces: because several texts hold it, or for the doubled quotes in it. */
export class CellPieces {
  /** Its beginning, with quotes as they are meant; behind it come the pieces as they are written. */
  #meant = "";
  #grown = 0;
  #written: string[] = [];
  #hasDoubledQuote = false;

  /** Takes a piece of a cell without quotes. */
  add(piece: string): void {
    this.#written.push(piece);
  }

  /**
   * Takes what follows in quotes.
   *
   * @returns the index of the quote that closes the cell, or opens a doubled one at the border of two texts; the length of
   * the text where there is none
   */
  readQuoted(text: string, from: number): number {
    let start = from;
    let meant = this.#meant;
    let grown = this.#written.length > 0 ? MOST_GROWN : this.#grown;
    let quote = nextQuote(text, from);
    for (; isQuote(text, quote + 1); quote = nextQuote(text, quote + 2)) {
      if (grown < MOST_GROWN) {
        meant += text.slice(start, quote + 1);
        start = quote + 2;
        grown++;
      } else this.#hasDoubledQuote = true;
    }
    const rest = text.slice(start, quote);
    if (grown < MOST_GROWN) meant += rest;
    else this.#written.push(rest);
    this.#meant = meant;
    this.#grown = grown + 1;
    return quote;
  }

  /** Takes a quote that was doubled at the border of two texts. */
  addQuote(): void {
    if (this.#written.length === 0) this.#meant += '"';
    else {
      this.#written.push('""');
      this.#hasDoubledQuote = true;
    }
  }

  /** The whole of a cell without quotes, of which `last` is the end. */
  take(last: string): string {
    if (this.#written.length === 0) return last;
    const cell = this.#written.join("") + last;
    this.#written = [];
    return cell;
  }

  /** The whole of a cell in quotes. */
  takeQuoted(): string {
    const written = this.take("");
    const cell = this.#meant + (this.#hasDoubledQuote ? written.replace(DOUBLED, '"') : written);
    this.#meant = "";
    this.#grown = 0;
    this.#hasDoubledQuote = false;
    return cell;
  }
}

// Once asked behind the end, V8 makes a call of every `charCodeAt` here.
function isQuote(text: string, at: number): boolean {
  return at < text.length && text.charCodeAt(at) === QUOTE;
}

function nextQuote(text: string, from: number): number {
  const last = Math.min(from + NEAR, text.length);
  for (let at = from; at < last; at++) if (text.charCodeAt(at) === QUOTE) return at;
  const quote = text.indexOf('"', last);
  return quote === -1 ? text.length : quote;
}
