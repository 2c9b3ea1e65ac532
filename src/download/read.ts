import { withNumbers } from "../exact/convert-numbers.js";
import type { JsonObject } from "../model/json.js";
import { loadPart } from "../model/load-part.js";
import { ownProperties } from "../model/own-properties.js";
import { csvPlan } from "../records/csv-plan.js";
import type { RecordEncoder } from "../records/encoder.js";
import {
  type CsvLayout,
  type InvalidRecord,
  isInvalidRecord,
  type RecordBatch,
  reasonOf,
} from "../spec/records.js";
import { type Items, oneByOne } from "./one-by-one.js";
import type { EncodeOptions, OnInvalid } from "./read-options.js";
import { type ReadState, refuseRecord } from "./read-state.js";
import { Utf8Output } from "./utf8-output.js";

/** Hands over records one by one. */
export function readRecords<R>(reading: ReadState<R>, onInvalid: OnInvalid): Items<R> {
  return oneByOne(readRuns(reading, onInvalid));
}

async function* readRuns<R>(
  reading: ReadState<R>,
  onInvalid: OnInvalid,
): AsyncGenerator<Iterator<R, void>, void, undefined> {
  try {
    for await (const batch of reading.batches()) {
      yield recordsOf(reading, batch, onInvalid);
      reading.report();
    }
    reading.finish();
  } catch (error) {
    reading.endWith(error);
  } finally {
    reading.close();
  }
}

/** The sound records of a batch, each handed over when it is taken. */
function* recordsOf<R>(
  reading: ReadState<R>,
  batch: RecordBatch<R>,
  onInvalid: OnInvalid,
): Generator<R, void, undefined> {
  const { integers } = reading.connection.settings;
  const { entries, exact = true } = batch;
  for (let index = 0; index < entries.length; index++) {
    reading.checkGoingOn();
    const entry = entries[index] as R | InvalidRecord;
    if (isInvalidRecord(entry)) {
      refuseRecord(reading.connection, reading.job, entry.issue, onInvalid);
      continue;
    }
    const record = exact ? withNumbers(entry, integers) : entry;
    reading.passed(batch, index);
    reading.records += 1;
    yield record;
  }
}

/** Hands over the bytes that an encoder makes of the records. */
export async function* readEncoded<R>(
  reading: ReadState<R>,
  load: LoadEncoder<R>,
  onInvalid: OnInvalid,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    const encoder = await load();
    const output = new Utf8Output(encoder.isWellFormed);
    const onColumns =
      encoder.sourceColumns &&
      ((names: readonly string[], more?: boolean) => encoder.sourceColumns?.(names, more));
    for await (const batch of reading.batches(onColumns)) {
      reading.checkGoingOn();
      const { sound, last, failure } = encodeBatch(reading, batch, encoder, output, onInvalid);
      reading.records += sound;
      // Told ahead of the bytes: a caller that stores a checkpoint after a chunk then knows the records up to there. A throwing
      // callback must leave the checkpoint before the chunk.
      reading.report();
      if (last >= 0) reading.passed(batch, last);
      reading.encoderState = encoder.state();
      const bytes = output.take();
      if (bytes) yield bytes;
      if (failure) throw failure.error;
    }
    output.append(encoder.end());
    reading.encoderState = encoder.state();
    const rest = output.take();
    if (rest) yield rest;
    reading.finish(encoder.emptyColumns?.());
  } catch (error) {
    reading.endWith(error);
  } finally {
    reading.close();
  }
}

/** How much of a batch is written: up to the record that ends the reading, for those before it are as good as any. */
interface EncodedBatch {
  /** How many records. */
  readonly sound: number;
  /** The index of the last entry that is done with. */
  readonly last: number;
  readonly failure?: { readonly error: unknown };
}

function encodeBatch<R>(
  { connection, job }: ReadState<R>,
  batch: RecordBatch<R>,
  encoder: RecordEncoder<R>,
  output: Utf8Output,
  onInvalid: OnInvalid,
): EncodedBatch {
  const { entries, exact = true } = batch;
  let sound = 0;
  const rowOf = (entry: R | InvalidRecord, index: number): string => {
    if (isInvalidRecord(entry)) {
      refuseRecord(connection, job, entry.issue, onInvalid);
      return "";
    }
    try {
      const row = encoder.write(entry, exact);
      sound += 1;
      return row;
    } catch (error) {
      const position = batch.positionOf?.(index) ?? { record: batch.stateAfter(index).record };
      refuseRecord(connection, job, { message: reasonOf(error), position }, onInvalid, "encoded");
      return "";
    }
  };
  for (let index = 0; index < entries.length; index++) {
    try {
      output.append(rowOf(entries[index] as R | InvalidRecord, index));
    } catch (error) {
      return { sound, last: index - 1, failure: { error } };
    }
  }
  return { sound, last: entries.length - 1 };
}

/** Hands over the artifact's own bytes. Not a generator: around another one it would cost each chunk as much again. */
export function readBytes<R>(reading: ReadState<R>, chunks: Items<Uint8Array>): Items<Uint8Array> {
  return {
    async next() {
      try {
        const step = await chunks.next();
        if (!step.done) {
          reading.checkGoingOn();
          reading.report();
          reading.passedBytes(step.value.byteLength);
          return step;
        }
        reading.finish();
      } catch (error) {
        try {
          await chunks.return();
          reading.endWith(error);
        } finally {
          reading.close();
        }
      }
      reading.close();
      return { done: true, value: undefined };
    },
    async return() {
      reading.close();
      await chunks.return();
      return { done: true, value: undefined };
    },
  };
}

/** Loads an encoder. */
export type LoadEncoder<R> = () => Promise<RecordEncoder<R>>;

/**
 * The encoder for a format, continuing where `state` left off. What is wrong with the options is thrown at once; the
 * encoder is loaded when the file is first read, for most programs take records.
 */
export function createEncoder<R>(
  format: "ndjson" | "csv",
  layout: CsvLayout<R> | undefined,
  options: EncodeOptions,
  state: JsonObject | undefined,
): LoadEncoder<R> {
  if (format === "ndjson")
    return async () => (await loadPart(import("../records/encoder.js"))).ndjsonEncoder<R>();
  const plan = csvPlan<R>(ownProperties({ ...options, layout }), ownProperties(state ?? {}));
  return async () => (await loadPart(import("../records/encode-csv.js"))).plannedCsvEncoder(plan);
}
