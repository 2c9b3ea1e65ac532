import type { Connection } from "../connection.js";
import { succeededOrThrow } from "../jobs/succeeded-job.js";
import { linkAbort } from "../model/abort.js";
import type { Budget, BudgetLimits } from "../model/budget.js";
import { ExportError } from "../model/errors.js";
import { followSignal } from "../model/follow-signal.js";
import type { ExportJob } from "../model/job.js";
import { abortAtDeadline, isOwnBudgetSpent } from "../transport/budget-check.js";
import { type DownloadContent, type Opening, resumptionOf, unopenedContent } from "./content.js";
import { Download } from "./download.js";
import { beginLifespan } from "./lifespan.js";
import type { Checkpoint, DownloadProgress, ExportDownload } from "./types.js";

/** Options of `download`. */
export interface OpenDownloadOptions {
  /** Ends the download; what is under way rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** What opening and reading may spend. Once it is spent, reading ends early and `complete` stays `false`. */
  readonly budget?: Budget | BudgetLimits | undefined;
  /** Where to resume; `null` and `undefined`, which is what stores answer at first, mean from the beginning. */
  readonly checkpoint?: Checkpoint | null | undefined;
  /** Called as bytes and records are read. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/** What the engine of a delivery does for `download`. */
export type OpenDownload = <R>(
  connection: Connection,
  job: ExportJob,
  options: OpenDownloadOptions,
) => Promise<ExportDownload<R>>;

/**
 * Opens the result of a succeeded job.
 *
 * @param open - opens what is read: a file, or a listing
 */
export async function openDownload<R>(
  given: Connection,
  job: ExportJob,
  options: OpenDownloadOptions,
  open: (opening: Opening) => Promise<DownloadContent<R>>,
): Promise<ExportDownload<R>> {
  options.signal?.throwIfAborted();
  checkReady(given, job);
  const resumption = options.checkpoint == null ? undefined : resumptionOf(job, options.checkpoint);
  const lifespan = beginLifespan(given, job);
  const { connection } = lifespan;
  const link = linkAbort(options.signal);
  let leave = link.unfollow;
  abortAtDeadline(connection, link);
  const cancel = (reason: unknown) => {
    link.stopTimers();
    link.abort(reason);
    leave();
  };
  try {
    const { signal } = link;
    const content = await openContent({ connection, job, resumption, signal }, open);
    const download = new Download<R>({
      lifespan,
      connection,
      job,
      content,
      resumption,
      onProgress: options.onProgress,
      signal,
      cancel,
    });
    // From here on the caller may drop it without a word, and the signal may live for ever.
    link.unfollow();
    leave = options.signal ? followSignal(options.signal, link) : () => {};
    return download;
  } catch (error) {
    const stopped = options.signal?.aborted && !ExportError.isInstance(error);
    lifespan.end({ outcome: stopped ? "stopped" : "failed", error, records: 0, bytes: 0 });
    cancel(error);
    throw error;
  }
}

function checkReady(connection: Connection, job: ExportJob): void {
  if (job.status === "pending" || job.status === "running") {
    throw connection.error(
      "JOB_NOT_READY",
      `job ${job.id} is still ${job.status} and has nothing to download yet; await waitForExport(job) first`,
      { job },
    );
  }
  succeededOrThrow(connection, job);
}

async function openContent<R>(
  opening: Opening,
  open: (opening: Opening) => Promise<DownloadContent<R>>,
): Promise<DownloadContent<R>> {
  const { connection, job, resumption } = opening;
  try {
    return await open(opening);
  } catch (error) {
    if (!isOwnBudgetSpent(connection, error)) throw error;
    return unopenedContent<R>(job, connection.provider.delivery, resumption, error);
  }
}
