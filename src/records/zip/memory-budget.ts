import { beyondLimit } from "./archive-error.js";

/** How many bytes one decoding run may hold in memory for reading at any place. */
export class MemoryBudget {
  readonly limit: number;
  #used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /**
   * @param what - begins the message: what needs the memory
   * @throws ExportError `LIMIT_EXCEEDED`
   */
  take(bytes: number, what: string): void {
    this.check(bytes, what);
    this.#used += bytes;
  }

  /** @throws ExportError `LIMIT_EXCEEDED` where so many bytes more are not allowed */
  check(bytes: number, what: string): void {
    if (this.#used + bytes <= this.limit) return;
    throw beyondLimit(
      this.limit,
      `${what}, and that takes more than the ${this.limit} bytes allowed in all. ` +
        "Raise maxBufferedBytes (or the decoder's memoryBytes) where there is memory for it.",
    );
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}
