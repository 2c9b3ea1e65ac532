import type { MemoryBudget } from "../zip/memory-budget.js";

const perBlock = 1024;
/** About what an engine needs for a number in a set. */
const SET_ENTRY_BYTES = 40;

/**
 * Many strings in little memory: a thousand of them share one long string and a list of offsets. Half a million
 * separate strings would cost some 40 bytes each beside their text.
 */
export class StringTable {
  readonly #memory: MemoryBudget;
  readonly #what: string;
  readonly #blocks: { readonly text: string; readonly ends: Uint32Array }[] = [];
  #pending: string[] = [];
  #taken = 0;
  #count = 0;
  /** The places of strings that cannot be told; most tables have none. */
  #unreadable: Set<number> | undefined;

  /**
   * @param memory - what the table may hold: one byte per character, two in a block of a thousand where one character
   *   needs it, and four per string
   * @param label - how messages call the table
   */
  constructor(memory: MemoryBudget, label: string) {
    this.#memory = memory;
    this.#what = `${label} is held in memory, as cells refer to it`;
  }

  /** @throws ExportError `LIMIT_EXCEEDED` */
  add(text: string): void {
    this.#take(text.length + Uint32Array.BYTES_PER_ELEMENT);
    this.#pending.push(text);
    this.#count++;
    if (this.#pending.length === perBlock) this.#seal();
  }

  /** Keeps the place of a string that cannot be told. */
  addUnreadable(): void {
    this.#take(SET_ENTRY_BYTES);
    this.#unreadable ??= new Set();
    this.#unreadable.add(this.#count);
    this.add("");
  }

  /** Call after the last string. */
  finish(): void {
    if (this.#pending.length > 0) this.#seal();
  }

  /** @returns `undefined` where there is no such string, or it cannot be told */
  get(index: number): string | undefined {
    if (this.#unreadable?.has(index)) return undefined;
    const block = this.#blocks[Math.floor(index / perBlock)];
    const place = index % perBlock;
    const end = block?.ends[place];
    if (block === undefined || end === undefined) return undefined;
    return block.text.slice(place === 0 ? 0 : block.ends[place - 1], end);
  }

  /** Lets go of everything. */
  release(): void {
    this.#blocks.length = 0;
    this.#memory.give(this.#taken);
    this.#taken = 0;
  }

  #seal(): void {
    const ends = new Uint32Array(this.#pending.length);
    let end = 0;
    for (const [index, text] of this.#pending.entries()) {
      end += text.length;
      ends[index] = end;
    }
    const text = this.#pending.join("");
    if (isWide(text)) this.#take(text.length);
    this.#blocks.push({ text, ends });
    this.#pending = [];
  }

  #take(bytes: number): void {
    this.#memory.take(bytes, this.#what);
    this.#taken += bytes;
  }
}

/** Whether a string has a character that engines need two bytes a piece for. */
function isWide(text: string): boolean {
  return /[\u0100-\uffff]/.test(text);
}
