import type { DownloadContent, Opening } from "../download/content.js";
import { type OpenDownload, openDownload } from "../download/open.js";
import { safeFileName } from "../model/file-name.js";
import type { PagedDelivery } from "../spec/delivery.js";
import type { PagedRecords } from "../spec/records.js";
import { atPage, createPageFetcher } from "./fetch-page.js";
import { readListingState } from "./listing-state.js";
import { PageQueue } from "./page-queue.js";
import { readPages } from "./read-pages.js";

/** Opens a download of a listing. */
export const downloadPages: OpenDownload = <R>(...call: Parameters<OpenDownload>) =>
  openDownload<R>(...call, openPages);

/** Opens a provider's listing: fetches a first page at once, so that a refusal is an error of `download` itself. */
async function openPages<R>({ connection, job, resumption, signal }: Opening): Promise<DownloadContent<R>> {
  const { provider, settings } = connection;
  const delivery = provider.delivery as PagedDelivery;
  const records = delivery.records(job) as PagedRecords<R>;
  const queue = new PageQueue({
    fetch: createPageFetcher(connection, job),
    predict: (cursor, total) => delivery.predictCursor?.(job, cursor, total),
    most: settings.prefetchPages,
    isBudgeted: connection.budget !== undefined,
    maxBytes: settings.maxBufferedBytes,
    signal,
  });
  const { at, record } = readListingState(resumption?.position);
  await queue.open(at.cursor, record > 0).catch((error) => {
    throw atPage(error, at.page, signal);
  });
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
    batches: (from, onColumns) => readPages({ connection, job, records, queue, signal, onColumns }, from),
    bytesRead: () => 0,
    close: () => queue.close(),
  };
}
