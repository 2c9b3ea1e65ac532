import type { Connection } from "../connection.js";
import type { ExportJob } from "../model/job.js";
import type { PagedRecords } from "../spec/records.js";
import type { PageQueue } from "./page-queue.js";

/** A listing to read. */
export interface Listing<R> {
  readonly connection: Connection;
  readonly job: ExportJob;
  readonly records: PagedRecords<R>;
  readonly queue: PageQueue;
  /** Ends the reading. */
  readonly signal: AbortSignal;
  readonly onColumns?: ((names: readonly string[]) => void) | undefined;
}

/** The error for a listing that changed in a way that may have cost records. */
export function listingChanged({ connection, job }: Listing<unknown>, how: string): Error {
  return connection.error(
    "ARTIFACT_CHANGED",
    `the listing of job ${job.id} changed while it was read. ${how}, so that some may be missing; download the job ` +
      "from its beginning",
    { operation: "page", job },
  );
}

/**
 * A total that was not reached has to be said; what it counts is the provider's affair. Beside one of some an answer of
 * none is no proof that there are none.
 *
 * @throws ExportError `RESPONSE_INVALID` where not one record came
 * @param totals - at the end and at the beginning; records that were added meanwhile may not have come
 */
export function tellOfFewer(
  { connection, job }: Listing<unknown>,
  came: number,
  ...totals: readonly [last: number | undefined, first: number | undefined]
): void {
  const told = Math.min(totals[0] ?? 0, totals[1] ?? Infinity);
  if (came >= told) return;
  if (came === 0) {
    throw connection.error(
      "RESPONSE_INVALID",
      `${connection.provider.name} announced ${told} records of job ${job.id} and sent none, which does not prove the ` +
        `export to be empty; try again, and if that stays so, ask ${connection.provider.name} what its total counts`,
      { operation: "page", job },
    );
  }
  connection.observe({
    type: "warning",
    jobId: job.id,
    message:
      `${connection.provider.name} announced ${told} records of job ${job.id}, and ${came} came: ` +
      "its total may count others too, or some are missing",
  });
}

/** Where records come again that no total explains, others may have come twice or not at all, and nothing can prove it. */
export function tellOfRepeats({ connection, job }: Listing<unknown>): void {
  connection.observe({
    type: "warning",
    jobId: job.id,
    message:
      `records of job ${job.id} were added and deleted at the same time while its pages were read: ` +
      "some may have come more than once, and some may be missing",
  });
}
