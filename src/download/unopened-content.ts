import type { ExportError } from "../model/errors.js";
import { safeFileName } from "../model/file-name.js";
import type { ExportJob } from "../model/job.js";
import type { Delivery } from "../spec/delivery.js";
import type { RecordSource } from "../spec/records.js";
import type { DownloadContent, Resumption } from "./content.js";

/**
 * The content of a download whose budget was spent before there was any: nothing comes out of it, and its checkpoint
 * is the one it was opened with.
 */
export function unopened<R>(
  job: ExportJob,
  delivery: Delivery,
  resumption: Resumption | undefined,
  spent: ExportError,
): DownloadContent<R> {
  const source = delivery.records(job) as RecordSource<R>;
  const { size } = resumption?.artifact ?? {};
  const format = source.kind === "artifact" ? source.format : "ndjson";
  const nothing = (): AsyncIterable<never> => ({
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(spent) }),
  });
  return {
    format,
    contentType: source.kind === "artifact" ? source.contentType : "application/x-ndjson",
    fileName: safeFileName(`${job.connection}-${job.id}.${format}`) ?? "export",
    size: typeof size === "number" ? size : undefined,
    totalRecords: undefined,
    csv: source.csv,
    identity: () => resumption?.artifact,
    batches: nothing,
    ...(source.kind === "artifact" && { bytes: nothing }),
    bytesRead: () => 0,
    close: () => {},
    spent,
  };
}
