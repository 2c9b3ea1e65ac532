import type { DownloadContent, Opening } from "../download/content.js";
import { printable } from "../model/errors.js";
import { safeFileName } from "../model/file-name.js";
import type { Artifact } from "../spec/artifact.js";
import type { FileDelivery } from "../spec/delivery.js";
import { type DecoderState, isInvalidRecord, type RecordBatch, type RecordDecoder } from "../spec/records.js";
import { type ArtifactIdentity, identityFromJson, identityToJson } from "./identity.js";
import type { RepeatCount } from "./repeat-count.js";
import { ResumableArtifact } from "./resumable-artifact.js";

/** Opens a provider's file: connects at once, so that a missing or refused file is an error of `download` itself. */
export async function openFile<R>({
  connection,
  job,
  resumption,
  signal,
}: Opening): Promise<DownloadContent<R>> {
  const delivery = connection.provider.delivery as FileDelivery;
  const decoder = delivery.records(job) as RecordDecoder<R>;
  const identity = identityFromJson(resumption?.artifact);
  if (resumption?.artifact && !identity) {
    throw connection.error("JOB_INVALID", "the checkpoint cannot be used: its artifact field is damaged", {
      job,
      details: { field: "artifact" },
    });
  }
  if (resumption && !isProvable(decoder, resumption.position, identity)) {
    throw connection.error(
      "ARTIFACT_CHANGED",
      `the download of job ${job.id} cannot go on after record ${resumption.position.record}: the store named no strong ` +
        "validator that would prove the file to be the same. Start it again without a checkpoint",
      { operation: "artifact", job },
    );
  }
  const artifact = new ResumableArtifact(connection, job, identity, signal);
  await artifact.open(resumption?.position.offset ?? 0);
  let bytesRead = 0;

  async function* counted(
    offset?: number,
    restart?: () => void,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const before = bytesRead;
    const restarted = () => {
      bytesRead = before;
      restart?.();
    };
    for await (const chunk of artifact.stream(offset, restart && restarted)) {
      bytesRead += chunk.byteLength;
      yield chunk;
    }
  }
  const source: Artifact = {
    // Known only after a range where the first answer tells none.
    get size() {
      return artifact.size;
    },
    contentType: artifact.contentType,
    fileName: artifact.fileName,
    get validated() {
      return artifact.validated;
    },
    get encoded() {
      return artifact.identity.encoded;
    },
    stream: counted,
    async read(start, end) {
      const bytes = await artifact.read(start, end);
      bytesRead += bytes.byteLength;
      return bytes;
    },
  };
  let repeats: RepeatCount | undefined;
  /** Counts the records that come again, where all of them are read. */
  async function* watched(
    batches: AsyncGenerator<RecordBatch<R>, void, undefined>,
    from: DecoderState | undefined,
  ): AsyncGenerator<RecordBatch<R>, void, undefined> {
    if (decoder.identify && (from?.record ?? 0) === 0) {
      const loaded = await import("./repeat-count.js");
      repeats = new loaded.RepeatCount();
    }
    for await (const batch of batches) {
      for (const entry of repeats ? batch.entries : []) {
        repeats?.add(isInvalidRecord(entry) ? undefined : decoder.identify?.(entry));
      }
      yield batch;
    }
  }
  const { maxBufferedBytes } = connection.settings;
  const warn = (message: string): void => {
    connection.observe({
      type: "warning",
      jobId: job.id,
      message: printable(connection.redactor.text(message)),
    });
  };
  return {
    format: decoder.format,
    contentType: artifact.contentType ?? decoder.contentType,
    fileName: artifact.fileName ?? safeFileName(`${job.connection}-${job.id}.${decoder.format}`) ?? "export",
    // The answer that is read need not be the first one.
    get size() {
      return artifact.size;
    },
    totalRecords: undefined,
    csv: decoder.csv,
    identity: () => identityToJson(artifact.identity),
    batches: (from, onColumns) =>
      watched(decoder.decode(source, { maxBufferedBytes, state: from, warn, onColumns }), from),
    repeated: () => repeats?.repeated,
    bytes: (offset) => counted(offset),
    bytesRead: () => bytesRead,
    close: () => artifact.close(),
  };
}

/** Whether it can be found out that the file is still the one of a checkpoint; bytes are judged where they are read. */
function isProvable(
  decoder: RecordDecoder<unknown>,
  position: DecoderState,
  identity: ArtifactIdentity | undefined,
): boolean {
  return position.record === 0 || identity?.validator !== undefined || decoder.proves?.(position) === true;
}
