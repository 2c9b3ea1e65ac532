import type { DownloadProgress } from "../download/types.js";
import type { PartProgress } from "./part-state.js";

/** Counts over all runs, from what the download of this run tells. */
export interface SaveTally {
  readonly onProgress: (progress: DownloadProgress) => void;
  bytesRead(): number;
  records(): number;
  /** The totals, where the provider tells. */
  totals(): { readonly totalBytes?: number; readonly totalRecords?: number };
}

/** @param former - what earlier runs did, where this one resumes */
export function createTally(former: PartProgress | undefined): SaveTally {
  const before = { bytesRead: former?.bytesRead ?? 0, records: former?.records ?? 0 };
  // The download counts on from its checkpoint, where records that were passed over are counted too.
  const place = former?.checkpoint?.position.record;
  const counted = typeof place === "number" ? place : 0;
  let seen: DownloadProgress | undefined;
  return {
    onProgress: (progress) => {
      seen = progress;
    },
    bytesRead: () => before.bytesRead + (seen?.bytes ?? 0),
    records: () => before.records + (seen === undefined ? 0 : seen.records - counted),
    totals: () => ({
      ...(seen?.totalBytes !== undefined && { totalBytes: seen.totalBytes }),
      ...(seen?.totalRecords !== undefined && { totalRecords: seen.totalRecords }),
    }),
  };
}
