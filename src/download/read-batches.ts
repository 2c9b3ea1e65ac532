import { withNumbers } from "../exact/convert-numbers.js";
import { type InvalidRecord, isInvalidRecord, type RecordBatch } from "../spec/records.js";
import type { BatchesOptions } from "./read-options.js";
import { type ReadState, refuseRecord } from "./read-state.js";
import type { Batch, Checkpoint } from "./types.js";

const DEFAULT_SIZE = 500;

/**
 * Hands over records in batches, each with the place after it. One record is read ahead, so that the last batch is known
 * to be the last one.
 *
 * @param checkpoint - the place after what was handed over
 */
export async function* readBatches<R>(
  reading: ReadState<R>,
  checkpoint: () => Checkpoint,
  options: BatchesOptions,
): AsyncGenerator<Batch<R>, void, undefined> {
  const { connection, job } = reading;
  const { integers, maxBufferedBytes } = connection.settings;
  const { size = DEFAULT_SIZE, bytes: most = maxBufferedBytes, onInvalid = "throw" } = options;
  let records: R[] = [];
  let bytes = 0;
  let isAny = false;
  /** The last entry that is in the batch, or was passed over. */
  let passed: readonly [batch: RecordBatch<R>, index: number] | undefined;

  const take = (last: boolean): Batch<R> => {
    if (passed) reading.passed(...passed);
    reading.records += records.length;
    const batch = { records, checkpoint: checkpoint(), last };
    records = [];
    bytes = 0;
    isAny = true;
    reading.report();
    return batch;
  };

  try {
    for await (const batch of reading.batches()) {
      const { entries, exact = true } = batch;
      for (let index = 0; index < entries.length; index++) {
        reading.checkGoingOn();
        const entry = entries[index] as R | InvalidRecord;
        if (isInvalidRecord(entry)) {
          refuseRecord(connection, job, entry.issue, onInvalid);
        } else {
          const record = exact ? withNumbers(entry, integers) : entry;
          const more = jsonBytes(record, most);
          if (records.length === size || (records.length > 0 && bytes + more > most)) yield take(false);
          records.push(record);
          bytes += more;
        }
        passed = [batch, index];
      }
    }
    const last = take(true);
    // Told with the last batch: a caller that stops there has everything.
    reading.finish();
    yield last;
  } catch (error) {
    const isSpent = reading.isSpent(error);
    if (isSpent) reading.endWith(error);
    // What came before a failure is as good as any; a caller that gave up wants none of it.
    if (isSpent ? records.length > 0 || !isAny || passed : records.length > 0 && !reading.isStopped)
      yield take(false);
    if (!isSpent) reading.endWith(error);
  } finally {
    reading.close();
  }
}

/** How long a record's JSON is, in UTF-8; `most` for one that JSON cannot hold, which then is a batch of its own. */
function jsonBytes(record: unknown, most: number): number {
  try {
    return utf8Length(JSON.stringify(record) ?? "");
  } catch {
    // A bigint, as long as its digits; or nested deeper than the stack.
    try {
      return utf8Length(
        JSON.stringify(record, (_, value) => (typeof value === "bigint" ? `${value}` : value)),
      );
    } catch {
      return most;
    }
  }
}

function utf8Length(text: string): number {
  return /^[\0-\x7f]*$/.test(text) ? text.length : new TextEncoder().encode(text).byteLength;
}
