import type { PartProgress } from "./part-state.js";

/** How far a part is, true as soon as it is synced. */
export type Snapshot = Omit<PartProgress, "complete">;

/** Stores checkpoints while the download runs: seldom enough to cost nothing, and never two at a time. */
export class Checkpointer {
  readonly #keep: (snapshot: Snapshot) => Promise<void>;
  readonly #every: { readonly bytes: number; readonly ms: number };
  #keptBytes = 0;
  // In the past, so that the first chunk is due: a process that is killed again and again still makes progress.
  #begunAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  /**
   * @param keep - makes a snapshot durable
   */
  constructor(
    keep: (snapshot: Snapshot) => Promise<void>,
    every: { readonly bytes: number; readonly ms: number },
  ) {
    this.#keep = keep;
    this.#every = every;
  }

  /**
   * Call it between two chunks, where a snapshot is true: takes one if it is due, and lets it become durable while the
   * next chunks come. Throws what an earlier one failed with.
   */
  step(bytes: number, snapshot: () => Snapshot): void {
    if (this.#failure) throw this.#failure.error;
    // A slow disk gets fewer checkpoints and not a queue of them.
    if (this.#running) return;
    const now = performance.now();
    if (bytes - this.#keptBytes < this.#every.bytes && now - this.#begunAt < this.#every.ms) return;
    this.#begunAt = now;
    this.#running = this.#store(snapshot())
      .catch((error) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Waits for the checkpoint under way. Throws what it failed with. */
  async settle(): Promise<void> {
    await this.#running;
    if (this.#failure) throw this.#failure.error;
  }

  async #store(snapshot: Snapshot): Promise<void> {
    await this.#keep(snapshot);
    this.#keptBytes = snapshot.bytes;
  }
}
