import { InvalidRecord } from "../contract/records.js";
import type { RecordEncoder } from "../records/encoder.js";
import type { Reading } from "./reading.js";
import { refuseRecord } from "./refuse-record.js";
import type { OnInvalid } from "./types.js";

/** Hands over records one by one. */
export async function* readRecords<R>(
  reading: Reading<R>,
  onInvalid: OnInvalid,
): AsyncGenerator<R, void, undefined> {
  try {
    for await (const batch of reading.content.batches(reading.place)) {
      const { entries } = batch;
      for (let index = 0; index < entries.length; index++) {
        reading.checkGoingOn();
        const entry = entries[index] as R | InvalidRecord;
        if (entry instanceof InvalidRecord) {
          refuseRecord(reading.connection, reading.job, entry.issue, onInvalid);
          continue;
        }
        reading.passed(batch, index);
        reading.records += 1;
        yield entry;
      }
      reading.report();
    }
    reading.finish();
  } catch (error) {
    reading.endWith(error);
  } finally {
    reading.close();
  }
}

/** Hands over the bytes that an encoder makes of the records. */
export async function* readEncoded<R>(
  reading: Reading<R>,
  encoder: RecordEncoder<R>,
  onInvalid: OnInvalid,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const batch of reading.content.batches(reading.place)) {
      reading.checkGoingOn();
      const sound: R[] = [];
      for (const entry of batch.entries) {
        if (entry instanceof InvalidRecord)
          refuseRecord(reading.connection, reading.job, entry.issue, onInvalid);
        else sound.push(entry);
      }
      const bytes = encoder.encode(sound);
      reading.records += sound.length;
      // Told ahead of the bytes: who stores a checkpoint after a chunk then knows the records up to there. A throwing
      // callback must leave the checkpoint before the chunk.
      reading.report();
      reading.passed(batch, batch.entries.length - 1);
      reading.encoderState = encoder.state();
      if (bytes.byteLength > 0) yield bytes;
    }
    const rest = encoder.end();
    reading.encoderState = encoder.state();
    if (rest.byteLength > 0) yield rest;
    reading.finish();
  } catch (error) {
    reading.endWith(error);
  } finally {
    reading.close();
  }
}

/** Hands over the artifact's own bytes. */
export async function* readBytes<R>(
  reading: Reading<R>,
  bytes: (offset: number) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of bytes(reading.place.offset)) {
      reading.checkGoingOn();
      reading.report();
      reading.passedBytes(chunk.byteLength);
      yield chunk;
    }
    reading.finish();
  } catch (error) {
    reading.endWith(error);
  } finally {
    reading.close();
  }
}
