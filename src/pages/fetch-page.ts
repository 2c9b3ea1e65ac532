import type { Connection } from "../connection.js";
import { exactNumbersMade } from "../exact/exact-number.js";
import { deepTextsRead } from "../exact/levels.js";
import { parsePage } from "../exact/parse-page.js";
import { ExportError } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";
import type { PageCursor, PagedDelivery } from "../spec/delivery.js";
import { callAdapter } from "../transport/call-adapter.js";
import { askedMs, rateLimitFloorMs, withRetries } from "../transport/retry.js";

/** A page as it came. */
export interface FetchedPage {
  readonly cursor: PageCursor | undefined;
  readonly items: readonly unknown[];
  readonly next: PageCursor | undefined;
  readonly columns: readonly string[] | undefined;
  readonly total: number | undefined;
  readonly endsIfRepeated: boolean;
  /** Whether it may hold an `ExactNumber`. */
  readonly exact: boolean;
  /** Whether it may hold items with too many levels. */
  readonly deep: boolean;
  /** The size of the answer, in bytes. */
  readonly bytes: number;
  /** When the attempt that succeeded was sent and when its answer was here, on a common count of such moments. */
  readonly sentAt: number;
  readonly receivedAt: number;
}

/** Fetches one page; `onFailed` is called for every attempt that failed, be it as one too many. */
export type FetchPage = (
  cursor: PageCursor | undefined,
  onFailed: (rateLimited: boolean) => void,
  signal: AbortSignal,
) => Promise<FetchedPage>;

/** Makes the function that fetches pages of a job through its adapter, with the engine's retries. */
export function createPageFetcher(connection: Connection, job: ExportJob): FetchPage {
  const { settings } = connection;
  const { clock } = settings;
  const delivery = connection.provider.delivery as PagedDelivery;
  const call = delivery.fetchPage.bind(delivery);
  let moment = 0;
  /** Until when the provider asked to be left alone, by the monotonic time: that goes for every page. */
  let quietUntil = 0;
  return async (cursor, onFailed, signal) => {
    let sentAt = 0;
    let made = 0;
    let deepTexts = 0;
    const received = { bytes: 0 };
    // Retried here and not per request: a 429 must be seen when it comes, and a page that makes no sense is asked again.
    const attempts = { made: 0 };
    const scope = {
      operation: "page",
      safety: "safe",
      signal,
      job,
      attempts,
      retries: 0,
      received,
      parse: parsePage,
      page: pageOf(cursor),
    } as const;
    const page = await withRetries(
      connection,
      { operation: "page", signal, jobId: job.id, patient: true },
      async () => {
        const quietMs = quietUntil - clock.monotonic();
        if (quietMs > 0) await clock.sleep(quietMs, signal);
        sentAt = ++moment;
        made = exactNumbersMade();
        deepTexts = deepTextsRead();
        received.bytes = 0;
        try {
          return await callAdapter(connection, scope, "fetchPage", call, job, cursor);
        } catch (error) {
          const isRateLimited = ExportError.isInstance(error) && error.code === "RATE_LIMITED";
          if (isRateLimited) {
            const asked = askedMs(connection, error.retryAt);
            // That no wait is named makes it no shorter for the other pages.
            const waitMs = asked > 0 ? asked : rateLimitFloorMs(1, settings.retry);
            // A longer wait ends the export when this page's turn comes.
            if (waitMs <= settings.retry.maxRetryAfterMs)
              quietUntil = Math.max(quietUntil, clock.monotonic() + waitMs);
          }
          onFailed(isRateLimited);
          throw atPage(error, scope.page, signal);
        }
      },
    );
    const { items, next, columns, total, endsIfRepeated = false } = page;
    const { bytes } = received;
    const receivedAt = ++moment;
    const exact = exactNumbersMade() !== made;
    const deep = deepTextsRead() !== deepTexts;
    connection.observe({
      type: "page",
      jobId: job.id,
      items: items.length,
      ...(total !== undefined && { total }),
    });
    return { cursor, items, next, columns, total, endsIfRepeated, exact, deep, bytes, sentAt, receivedAt };
  };
}

/** The number of a page by a cursor as adapters of numbered pages make it. */
function pageOf(cursor: PageCursor | undefined): number | undefined {
  if (cursor === undefined) return 1;
  return typeof cursor.page === "number" ? cursor.page : undefined;
}

/**
 * An error that says at which page of a listing it arose, where it does not yet; whatever else was thrown as it is, such as
 * the reason of whoever gave up.
 */
export function atPage(error: unknown, page: number | undefined, signal: AbortSignal): unknown {
  if (page === undefined || signal.aborted || !ExportError.isInstance(error)) return error;
  if (error.details?.page !== undefined || !Object.isExtensible(error)) return error;
  return Object.assign(error, { details: { ...error.details, page } });
}
