import { safeFileName } from "../artifact/file-name.js";
import { identityToJson } from "../artifact/identity.js";
import type { ExportError } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";
import type { RecordSource } from "../spec/records.js";
import type { Resumption } from "./checkpoint.js";
import type { DownloadContent } from "./content.js";

/**
 * The content of a download whose budget was spent before there was any: nothing comes out of it, and its checkpoint
 * is the one it was opened with.
 */
export function unopened<R>(
  job: ExportJob,
  source: RecordSource<R>,
  resumption: Resumption | undefined,
  spent: ExportError,
): DownloadContent<R> {
  const format = source.kind === "artifact" ? source.format : "ndjson";
  const nothing = (): AsyncIterable<never> => ({
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(spent) }),
  });
  return {
    format,
    contentType: source.kind === "artifact" ? source.contentType : "application/x-ndjson",
    fileName: safeFileName(`${job.connection}-${job.id}.${format}`) ?? "export",
    size: resumption?.identity?.size,
    totalRecords: undefined,
    csv: source.csv,
    identity: () => resumption?.identity && identityToJson(resumption.identity),
    batches: nothing,
    ...(source.kind === "artifact" && { bytes: nothing }),
    bytesRead: () => 0,
    close: () => {},
    spent,
  };
}
