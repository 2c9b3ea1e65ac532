import type { DownloadContent, Opening } from "../download/content.js";
import { type OpenDownload, openDownload } from "../download/open.js";
import { safeFileName } from "../model/file-name.js";
import { loadPart } from "../model/load-part.js";
import { printable } from "../model/printable.js";
import type { FileDelivery } from "../spec/delivery.js";
import type { RecordBatch, RecordDecoder, ResumeState } from "../spec/records.js";
import { NO_VALIDATOR, unresumable } from "./artifact-error.js";
import type { ByteCount } from "./file-in-use.js";
import { filesStateOf } from "./files-state.js";
import { type ArtifactIdentity, identityFromJson } from "./identity.js";
import { JobFiles } from "./job-files.js";
import { NoFiles } from "./locate-file.js";
import type { RepeatCount } from "./repeat-count.js";

/** Opens a download of a file. */
export const downloadFile: OpenDownload = <R>(...call: Parameters<OpenDownload>) =>
  openDownload<R>(...call, openFile);

/** Opens a provider's file: connects at once, so that a missing or refused file is an error of `download` itself. */
async function openFile<R>(opening: Opening): Promise<DownloadContent<R>> {
  const { connection, job, resumption } = opening;
  const delivery = connection.provider.delivery as FileDelivery;
  const decoder = delivery.records(job) as RecordDecoder<R>;
  const identity = identityFromJson(resumption?.artifact);
  const place = filesStateOf(resumption?.position);
  if ((resumption?.artifact && !identity) || !place) {
    const field = place ? "artifact" : "position";
    throw connection.error("JOB_INVALID", `the checkpoint cannot be used: its ${field} field is damaged`, {
      job,
      details: { field },
    });
  }
  if (resumption && !isProvable(decoder, place.position, identity)) {
    throw unresumable(opening, `after record ${resumption.position.record}, ${NO_VALIDATOR}`);
  }
  const count: ByteCount = { bytes: 0 };
  const files = new JobFiles(opening, identity, place.part, count, decoder.format);
  let isEmpty = false;
  try {
    await files.current.open(place.position.offset);
  } catch (error) {
    if (!(error instanceof NoFiles)) throw error;
    isEmpty = true;
  }
  const { current, isOne } = files;
  let repeats: RepeatCount | undefined;
  let areBytes = false;
  /** Counts the records that come again, where all of them are read. */
  async function* watched(
    batches: AsyncIterable<RecordBatch<R>>,
    from: ResumeState | undefined,
  ): AsyncGenerator<RecordBatch<R>, void, undefined> {
    const { identify } = decoder;
    if (identify && (from?.record ?? 0) === 0) {
      const loaded = await loadPart(import("./repeat-count.js"));
      repeats = new loaded.RepeatCount();
    }
    for await (const batch of batches) {
      if (identify) repeats?.addAll(batch.entries, (record) => identify.call(decoder, record));
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
  const ownName = safeFileName(`${job.connection}-${job.id}.${decoder.format}`) ?? "export";
  return {
    format: decoder.format,
    contentType: current.contentType ?? decoder.contentType,
    fileName: (isOne ? current.fileName : undefined) ?? ownName,
    // The answer that is read need not be the first one.
    get size() {
      return isOne ? current.size : undefined;
    },
    totalRecords: undefined,
    csv: decoder.csv,
    identity: (place) => files.identity(place),
    batches: (from, onColumns) => {
      const more = files.count > 1;
      const options = {
        maxBufferedBytes,
        warn,
        onColumns: onColumns && more ? (names: readonly string[]) => onColumns(names, true) : onColumns,
      };
      return watched(isEmpty ? nothing() : files.records(decoder, from, options), from);
    },
    repeated: () => repeats?.repeated,
    uncheckedRepeats() {
      if (!decoder.identify || isEmpty) return undefined;
      return areBytes ? "bytes" : repeats ? repeats.unchecked : "resumed";
    },
    bytes(from) {
      areBytes = true;
      return isEmpty ? nothing() : files.bytes(from);
    },
    ...(files.count > 1 && {
      stateOfBytes: (offset) => files.stateOfBytes(offset),
      ...(!decoder.joinsLines && {
        noBytes:
          `the export is ${files.count} files, and those of the format ${decoder.format} do not make one file together. ` +
          'Read its records, or encode("ndjson") or encode("csv") it',
      }),
    }),
    bytesRead: () => count.bytes,
    close: () => files.current.close(),
  };
}

async function* nothing(): AsyncGenerator<never, void, undefined> {}

/** Whether it can be found out that the file is still the one of a checkpoint; bytes are judged where they are read. */
function isProvable(
  decoder: RecordDecoder<unknown>,
  position: ResumeState,
  identity: ArtifactIdentity | undefined,
): boolean {
  return position.record === 0 || identity?.validator !== undefined || decoder.proves?.(position) === true;
}
