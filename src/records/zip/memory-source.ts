import { archiveError } from "./archive-error.js";
import type { ByteSource } from "./byte-source.js";
import type { MemoryBudget } from "./memory-budget.js";

const blockSize = 256 * 1024;

/**
 * Bytes kept in memory, in blocks so that growing never copies. There is no file to spool to on the runtimes that
 * know only Web APIs, hence the budget.
 */
export class MemorySource implements ByteSource {
  readonly #budget: MemoryBudget;
  #blocks: (Uint8Array | undefined)[] = [];
  #size = 0;

  private constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  /**
   * Reads a stream to its end.
   *
   * @param open - begins it; the stream may call `restart` when it begins again
   * @param what - begins the message where the budget does not suffice
   */
  static async fill(
    open: (restart: () => void) => AsyncIterable<Uint8Array>,
    budget: MemoryBudget,
    what: string,
  ): Promise<MemorySource> {
    const spool = new MemorySource(budget);
    try {
      for await (const chunk of open(() => spool.#empty())) spool.#append(chunk, what);
    } catch (error) {
      spool.release();
      throw error;
    }
    return spool;
  }

  get size(): number {
    return this.#size;
  }

  #append(chunk: Uint8Array, what: string): void {
    this.#budget.take(chunk.length, what);
    let from = 0;
    while (from < chunk.length) {
      const offset = this.#size % blockSize;
      if (offset === 0) this.#blocks.push(new Uint8Array(blockSize));
      const piece = chunk.subarray(from, from + blockSize - offset);
      this.#blocks.at(-1)?.set(piece, offset);
      from += piece.length;
      this.#size += piece.length;
    }
  }

  holds(): boolean {
    return true;
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    if (start === end) return new Uint8Array(0);
    const first = this.#piece(start, end);
    if (first.length === end - start) return first;
    const whole = new Uint8Array(end - start);
    for (let at = start; at < end; ) {
      const piece = this.#piece(at, end);
      whole.set(piece, at - start);
      at += piece.length;
    }
    return whole;
  }

  async *stream(start: number, end: number, once = false): AsyncGenerator<Uint8Array, void, undefined> {
    for (let at = start; at < end; ) {
      const piece = this.#piece(at, end);
      yield piece;
      at += piece.length;
      if (once && piece.length === blockSize) this.#drop(Math.floor(at / blockSize) - 1);
    }
  }

  /** Lets go of everything. */
  release(): void {
    for (let index = 0; index < this.#blocks.length; index++) this.#drop(index);
  }

  #empty(): void {
    this.release();
    this.#blocks = [];
    this.#size = 0;
  }

  #drop(index: number): void {
    if (this.#blocks[index] === undefined) return;
    this.#blocks[index] = undefined;
    this.#budget.give(Math.min(blockSize, this.#size - index * blockSize));
  }

  #piece(start: number, end: number): Uint8Array {
    const index = Math.floor(start / blockSize);
    const offset = start - index * blockSize;
    const block = this.#blocks[index];
    if (block === undefined || start < 0 || end > this.#size) {
      throw archiveError("INTEGRITY", `The archive has no bytes from ${start} to ${end}: it is cut short.`);
    }
    return block.subarray(offset, Math.min(blockSize, offset + end - start));
  }
}
