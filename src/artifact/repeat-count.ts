import { textHash } from "../records/text-hash.js";
import { type InvalidRecord, isInvalidRecord } from "../spec/records.js";

// 32 MiB at the most.
const MOST_SLOTS = 2 ** 22;
const LARGEST_LOAD = 0.7;

/**
 * Counts identities that come again, by hashes of 53 bits in a table of its own: up to 2.9 million, then it gives up, and
 * says so by counting nothing.
 */
export class RepeatCount {
  // Small at first: thousands of downloads may be open, and have read little.
  #slots = new Float64Array(2 ** 7);
  #held = 0;
  #repeated = 0;
  #unchecked: "many" | "unnamed" | undefined;

  /** Why it was not checked. */
  get unchecked(): "many" | "unnamed" | undefined {
    return this.#unchecked;
  }

  /** How many came that had come before; `undefined` where that was not checked to the end. */
  get repeated(): number | undefined {
    return !this.#unchecked && this.#held > 0 ? this.#repeated : undefined;
  }

  /** In a loop of its own: within a generator it takes several times as long. */
  addAll<R>(entries: readonly (R | InvalidRecord)[], identify: (record: R) => string | undefined): void {
    for (let index = 0; index < entries.length && !this.#unchecked; index++) {
      const entry = entries[index] as R | InvalidRecord;
      this.add(isInvalidRecord(entry) ? undefined : identify(entry));
    }
  }

  /** A record without an identity leaves nothing to be said of the whole. */
  add(identity: string | undefined): void {
    if (this.#unchecked) return;
    if (identity === undefined) this.#giveUp("unnamed");
    // 0 is an empty slot.
    else if (!this.#put(textHash(identity) + 1)) this.#repeated += 1;
    else if (++this.#held > this.#slots.length * LARGEST_LOAD) this.#grow();
  }

  #put(hash: number): boolean {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      if (this.#slots[slot] === hash) return false;
      if (this.#slots[slot] !== 0) continue;
      this.#slots[slot] = hash;
      return true;
    }
  }

  #grow(): void {
    const former = this.#slots;
    if (former.length === MOST_SLOTS) {
      this.#giveUp("many");
      return;
    }
    this.#slots = new Float64Array(former.length * 2);
    for (const hash of former) if (hash !== 0) this.#put(hash);
  }

  #giveUp(why: "many" | "unnamed"): void {
    this.#unchecked = why;
    this.#slots = new Float64Array(0);
  }
}
