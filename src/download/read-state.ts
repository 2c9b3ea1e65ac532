import { type Connection, readingOf } from "../connection.js";
import type { ExportError } from "../model/errors.js";
import type { EndEvent } from "../model/events.js";
import type { ExportJob } from "../model/job.js";
import type { JsonObject } from "../model/json.js";
import { countReading } from "../model/open-readings.js";
import type { RecordBatch, RecordIssue, ResumeState } from "../spec/records.js";
import { budgetSpent, isOverdue, isOwnBudgetSpent } from "../transport/budget-check.js";
import type { DownloadContent, Resumption } from "./content.js";
import type { Lifespan } from "./lifespan.js";
import type { OnInvalid } from "./read-options.js";
import type { DownloadProgress } from "./types.js";

export interface DownloadParts<R> {
  readonly lifespan: Lifespan;
  readonly connection: Connection;
  readonly job: ExportJob;
  readonly content: DownloadContent<R>;
  readonly resumption: Resumption | undefined;
  readonly onProgress: ((progress: DownloadProgress) => void) | undefined;
  /** Aborted by the caller, by the budget's deadline, and by `cancel`. */
  readonly signal: AbortSignal;
  /** Ends everything under way. */
  readonly cancel: (reason: unknown) => void;
}

/** How far a download has been read. The invariant: `place` is the place after the last thing handed over. */
export class ReadState<R> {
  readonly connection: Connection;
  readonly job: ExportJob;
  readonly content: DownloadContent<R>;
  /** Records handed over, those before a checkpoint included; 0 while bytes are read. */
  records: number;
  /** The encoder's state when the last encoded bytes were handed over. */
  encoderState: JsonObject | undefined;
  /** The columns that no record filled, once it is known. */
  emptyColumns: readonly string[] | undefined;
  /** Whether the caller named the columns. */
  choosesColumns = false;
  readonly #parts: DownloadParts<R>;
  /** The place before anything was handed over; while bytes are read, the place after the last of them. */
  #start: ResumeState;
  /** The last entry handed over, as a batch and an index into it: working out its place is left until somebody asks. */
  #batch: RecordBatch<R> | undefined;
  #index = -1;
  #closed = false;
  #complete = false;
  #endedBy: ExportError | undefined;

  constructor(parts: DownloadParts<R>) {
    this.#parts = parts;
    this.connection = parts.connection;
    this.job = parts.job;
    this.content = parts.content;
    this.#start = parts.resumption?.position ?? { offset: 0, record: 0 };
    this.records = this.#start.record;
    this.encoderState = parts.resumption?.encoder;
    this.#endedBy = parts.content.spent;
    const { signal } = parts;
    // Whoever reads sees it later, or never: nobody may be reading.
    signal.addEventListener("abort", () => this.#over(this.isSpent(signal.reason) ? "budget" : "stopped"), {
      once: true,
    });
  }

  get complete(): boolean {
    return this.#complete;
  }

  get endedBy(): ExportError | undefined {
    return this.#endedBy;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get place(): ResumeState {
    return this.#batch ? this.#batch.stateAfter(this.#index) : this.#start;
  }

  /** What is left to read. Called when that begins. */
  batches(onColumns?: (names: readonly string[], more?: boolean) => void): AsyncIterable<RecordBatch<R>> {
    countReading(this.#parts.signal);
    return this.content.batches(this.place, onColumns);
  }

  /** Entries up to `index` of a batch are handed over. */
  passed(batch: RecordBatch<R>, index: number): void {
    this.#batch = batch;
    this.#index = index;
  }

  /** So many bytes of the artifact are handed over. */
  passedBytes(count: number): void {
    const offset = this.#start.offset + count;
    this.#start = this.content.stateOfBytes?.(offset) ?? { offset, record: 0 };
  }

  /** Throws once the caller has had enough, or the budget: what was read ahead is not handed over then. */
  checkGoingOn(): void {
    const { signal, connection } = this.#parts;
    if (signal.aborted) throw signal.reason;
    // The timer of a deadline does not fire while records are at hand without waiting.
    if (isOverdue(connection)) throw budgetSpent(connection, "deadline");
  }

  /** Whether the caller has given up. */
  get isStopped(): boolean {
    return this.#parts.signal.aborted;
  }

  /** Whether this is the end of the call's own budget, which is not a failure. */
  isSpent(error: unknown): error is ExportError {
    return isOwnBudgetSpent(this.connection, error);
  }

  report(): void {
    const { content } = this;
    this.#parts.onProgress?.({
      bytes: content.bytesRead(),
      records: this.records,
      ...(content.size !== undefined && { totalBytes: content.size }),
      ...(content.totalRecords !== undefined && { totalRecords: content.totalRecords }),
    });
  }

  /** Everything is handed over; of the columns that were written, these are empty. */
  finish(emptyColumns?: readonly string[]): void {
    this.#complete = true;
    this.emptyColumns = emptyColumns;
    const { connection, job, content } = this;
    if (emptyColumns && emptyColumns.length > 0) {
      const chosen = this.choosesColumns;
      connection.observe({ type: "emptyColumns", jobId: job.id, columns: emptyColumns, chosen });
    }
    const repeated = content.repeated?.();
    if (repeated) connection.observe({ type: "repeated", jobId: job.id, repeated });
    this.#over("complete");
  }

  /** Throws what reading failed with; a spent budget is not a failure. */
  endWith(error: unknown): void {
    if (this.isSpent(error)) {
      this.#endedBy = error;
      this.#over("budget");
      return;
    }
    const { connection, job } = this;
    const adopted = connection.adopt(error, job, readingOf(connection), this.#parts.signal);
    this.#over("failed", adopted);
    throw adopted;
  }

  #over(outcome: EndEvent["outcome"], error?: unknown): void {
    const records = this.records - (this.#parts.resumption?.position.record ?? 0);
    this.#parts.lifespan.end({ outcome, error, records, bytes: this.content.bytesRead() });
  }

  close(reason: unknown = new DOMException("the download is over", "AbortError")): void {
    if (this.#closed) return;
    this.#closed = true;
    this.content.close();
    this.#parts.cancel(reason);
  }
}

/**
 * Does with a record that cannot be read, or encoded, what the caller said; throws `RECORD_INVALID` with its place by
 * default.
 */
export function refuseRecord(
  connection: Connection,
  job: ExportJob,
  issue: RecordIssue,
  onInvalid: OnInvalid,
  task: "read" | "encoded" = "read",
): void {
  if (onInvalid === "skip") return;
  if (onInvalid !== "throw") {
    onInvalid(issue);
    return;
  }
  const reason = issue.message.replace(/\.$/, "");
  throw connection.error(
    "RECORD_INVALID",
    `${describePlace(issue)} cannot be ${task}: ${reason}. Pass onInvalid to pass over such records`,
    { operation: task === "read" ? "decode" : undefined, job, details: { ...issue.position } },
  );
}

function describePlace({ position }: RecordIssue): string {
  const { record, line, file, sheet, row, page, index } = position;
  if (line !== undefined) return `record ${record} on line ${line}`;
  if (row !== undefined) return `row ${row} of sheet "${sheet}"${file === undefined ? "" : ` in ${file}`}`;
  if (page !== undefined) return `item ${index} of page ${page}`;
  return `record ${record}`;
}
