const NOWHERE = Number.POSITIVE_INFINITY;
const maxAhead = 256 * 1024;

/**
 * What a document offers in several versions (`AlternateContent` of ECMA-376 part 3), until one of them is taken: the first
 * `Choice` that needs nothing but the namespace of the root, else the `Fallback`. Where neither comes, the content is read
 * again, and the first `Choice` is taken.
 */
export class XmlOffer {
  /** Where its content begins. */
  #start = NOWHERE;
  /** How far a version to take is looked for. */
  #end = NOWHERE;
  #takesFirst = false;

  /** Whether there is one, of which no version was taken. */
  get isUndecided(): boolean {
    return this.#start < NOWHERE;
  }

  /** @param level - how many are around it: the deeper, the less is read again, so that it does not add up */
  begin(start: number, level: number): void {
    this.#start = start;
    this.#end = start + maxAhead / 4 ** level;
  }

  isTooLong(at: number): boolean {
    return at > this.#end;
  }

  /** Whether the version that begins is the one to take. */
  takes(isForAll: boolean): boolean {
    const isTaken = this.#takesFirst || (isForAll && this.isUndecided);
    if (isTaken) this.settle();
    return isTaken;
  }

  /** @returns where the content begins, to be read again */
  takeFirst(): number {
    const start = this.#start;
    this.settle();
    this.#takesFirst = true;
    return start;
  }

  /** A version was taken, or there was none. */
  settle(): void {
    this.#start = this.#end = NOWHERE;
    this.#takesFirst = false;
  }

  /**
   * Lets go of text that was read.
   *
   * @returns how much of it is not needed again
   */
  release(length: number): number {
    const released = Math.min(length, this.#start);
    this.#start -= released;
    this.#end -= released;
    return released;
  }
}
