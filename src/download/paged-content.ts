import { safeFileName } from "../artifact/file-name.js";
import type { ExportJob } from "../model/job.js";
import { createPageFetcher } from "../pages/fetch-page.js";
import { startOfState } from "../pages/page-place.js";
import { PageQueue } from "../pages/page-queue.js";
import { readPages } from "../pages/read-pages.js";
import type { PagedRecords } from "../spec/records.js";
import type { Connection } from "../transport/connection.js";
import type { Resumption } from "./checkpoint.js";
import type { DownloadContent } from "./content.js";

/** Opens a provider's listing: fetches a first page at once, so that a refusal is an error of `download` itself. */
export async function openPages<R>(
  connection: Connection,
  job: ExportJob,
  records: PagedRecords<R>,
  resumption: Resumption | undefined,
  signal: AbortSignal,
): Promise<DownloadContent<R>> {
  const { provider, settings } = connection;
  const queue = new PageQueue({
    fetch: createPageFetcher(connection, job),
    predict: (cursor, total) => provider.predictCursor?.(job, cursor, total),
    most: settings.prefetchPages,
    maxBytes: settings.maxBufferedBytes,
    signal,
  });
  const { at, record } = startOfState(resumption?.position);
  await queue.open(at.cursor, record > 0);
  return {
    // What `bytes()` gives: there is no file, and pages are no format.
    format: "ndjson",
    contentType: "application/x-ndjson",
    fileName: safeFileName(`${job.connection}-${job.id}.ndjson`) ?? "export.ndjson",
    size: undefined,
    get totalRecords() {
      return queue.total;
    },
    csv: records.csv,
    identity: () => undefined,
    batches: (from, onColumns) => readPages({ connection, job, records, queue, onColumns }, from),
    bytesRead: () => 0,
    close: () => queue.close(),
  };
}
