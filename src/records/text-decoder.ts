import { ExportError } from "../model/errors.js";
import { isCount, type JsonObject } from "../model/json.js";
import type { Artifact } from "../spec/artifact.js";
import type { DecodeOptions, RecordBatch, ResumeState } from "../spec/records.js";
import { TextBatch, type TextProgress, textError } from "./text-batch.js";
import { type ChunkOptions, type TextChunk, textChunks } from "./text-chunks.js";

/** A text format: finds the records in text that comes in pieces. Made for each decoding. */
export interface TextFormat<R> extends ChunkOptions {
  /** Loads what is needed to decode, and to nothing else. */
  load?(): Promise<void>;
  /** Takes the records that end in the batch's text, and remembers what is left over. */
  read(batch: TextBatch<R>): void;
  /** The file is over: takes the record that no line end closed. */
  end(batch: TextBatch<R>): void;
  /** What a {@link ResumeState} behind so many records holds beside the place. */
  memory(record: number): JsonObject;
}

const NOTHING = { text: "", bytes: 0, malformed: false } as const;

/** Decodes a text file: one batch for every chunk in which a record ends. What precedes a failure is delivered. */
export async function* decodeText<R>(
  artifact: Artifact,
  options: DecodeOptions,
  format: TextFormat<R>,
): AsyncGenerator<RecordBatch<R>, void, undefined> {
  const start = startOf(options.state);
  await format.load?.();
  const batchOptions = {
    limit: options.maxBufferedBytes,
    memory: (record: number) => format.memory(record),
  };
  let progress: TextProgress | undefined;
  let last: TextChunk = { ...NOTHING, offset: start.offset };
  const batchOf = (chunk: TextChunk) => {
    progress ??= { ...start, begun: { byte: chunk.offset, line: start.line } };
    return new TextBatch<R>(chunk, progress, batchOptions);
  };

  for await (const chunk of textChunks(artifact.stream(start.offset), start.offset, format)) {
    last = chunk;
    const batch = batchOf(chunk);
    format.read(batch);
    if (batch.failure === undefined) batch.admits(batch.length);
    if (batch.entries.length > 0) yield batch;
    if (batch.failure !== undefined) throw batch.failure;
    progress = batch.progressAfter();
    if (chunk.malformed) throw malformed(chunk, progress);
  }
  const batch = batchOf({ ...NOTHING, offset: last.offset + last.bytes });
  format.end(batch);
  if (batch.entries.length > 0) yield batch;
  if (batch.failure !== undefined) throw batch.failure;
}

function malformed(chunk: TextChunk, { line, record }: TextProgress): ExportError {
  const byte = chunk.offset + chunk.bytes;
  return textError("DECODE_FAILED", `The file is not UTF-8: byte ${byte}, on line ${line}, is malformed.`, {
    record: record + 1,
    line,
    byte,
  });
}

function startOf(state: ResumeState | undefined): { offset: number; record: number; line: number } {
  if (state === undefined || state.offset === 0) return { offset: 0, record: 0, line: 1 };
  const { offset, record, line } = state;
  if (!isCount(offset) || !isCount(record) || !isCount(line) || line === 0) throw unusableState();
  return { offset, record, line };
}

/** The error for a state that no decoder of the format made. */
export function unusableState(): ExportError {
  return new ExportError(
    "JOB_INVALID",
    "The checkpoint does not say where in the file to resume. Start the download without it.",
    { operation: "decode", details: { field: "position" } },
  );
}
