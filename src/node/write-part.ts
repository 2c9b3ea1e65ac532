import { fileStream } from "../download/file-options.js";
import type { ExportDownload } from "../download/types.js";
import { ownershipOf } from "../model/chunk-ownership.js";
import { onDisk } from "./file-error.js";
import type { PartFile } from "./part-file.js";
import { type PartProgress, writePartState } from "./part-state.js";
import { provePart } from "./prove-part.js";
import type { SaveTally } from "./save-tally.js";
import type { SaveWork } from "./save-task.js";

/** How far a part is, true as soon as it is synced. */
type Snapshot = Omit<PartProgress, "complete">;

interface WriteParts {
  readonly scope: SaveWork;
  readonly download: ExportDownload<unknown>;
  readonly part: PartFile;
  readonly tally: SaveTally;
}

/**
 * Moves a download into a part, chunk by chunk, and keeps the part's state true at every moment. Where it fails, it closes
 * the part.
 */
export async function writePart({ scope, download, part, tally }: WriteParts): Promise<PartProgress> {
  const { files, settings } = scope;
  const stream = fileStream(download, settings.layout, settings.onInvalid);
  const ownership = ownershipOf(stream);
  const countsRecords = download.checkpoint().mode !== "bytes";

  // Taken between two chunks: then the download stands exactly where the part will end once all of it is written.
  const snapshot = (): Snapshot => ({
    bytes: part.bytes,
    sha256: part.digest(),
    bytesRead: tally.bytesRead(),
    records: countsRecords ? tally.records() : undefined,
    checkpoint: download.checkpoint(),
  });
  // The data before the state, or a power cut could leave a state that claims more than there is.
  const keep = (progress: PartProgress) =>
    onDisk(files, async () => {
      await part.sync();
      await provePart(scope, part, files.part, progress);
      await writePartState(scope, progress);
    });
  const checkpointer = new Checkpointer(
    (progress) => keep({ ...progress, complete: false }),
    settings.checkpointEvery,
  );
  const giveUp = async () => {
    await checkpointer.settle().catch(() => {});
    const last = { ...snapshot(), complete: false };
    await part.sync();
    await provePart(scope, part, files.part, last);
    await part.close();
    await writePartState(scope, last, []);
  };

  try {
    for await (const chunk of stream) {
      await onDisk(files, () => part.append(chunk, ownership?.isOwn));
      checkpointer.step(part.bytes, snapshot);
      settings.onProgress?.({
        bytesWritten: part.bytes,
        bytesRead: tally.bytesRead(),
        records: tally.records(),
        ...tally.totals(),
      });
    }
    settings.signal?.throwIfAborted();
    // A file that its budget cut short is not a file yet.
    if (!download.complete) throw download.endedBy;
    await checkpointer.settle();
    // Of a provider's own columns some are always empty.
    const emptyColumns = settings.layout.columns && download.emptyColumns;
    const { repeated, uncheckedRepeats } = download;
    const whole = {
      ...snapshot(),
      emptyColumns,
      repeated,
      uncheckedRepeats,
      checkpoint: undefined,
      complete: true,
    };
    await keep(whole);
    return whole;
  } catch (error) {
    // If it was the disk that failed, this fails as well, and the last checkpoint stands.
    await giveUp().catch(() => {});
    throw error;
  }
}

/** Stores checkpoints while the download runs: seldom enough to cost nothing, and never two at a time. */
class Checkpointer {
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
