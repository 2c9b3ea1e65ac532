import { type Connection, observedAs } from "../connection.js";
import { ExportError } from "../model/errors.js";
import type { EndEvent } from "../model/events.js";
import type { ExportJob } from "../model/job.js";
import { randomId } from "../model/random-id.js";

/** How a download ended, and what came of it. */
export interface DownloadEnd {
  readonly outcome: EndEvent["outcome"];
  readonly error?: unknown;
  /** Records handed over. */
  readonly records: number;
  /** Bytes read. */
  readonly bytes: number;
}

/** What observers are told of one download: that it begins, and once how it ended. */
export interface Lifespan {
  /** The same connection; whatever it tells names the download. */
  readonly connection: Connection;
  /** The first call counts. */
  end(end: DownloadEnd): void;
}

export function beginLifespan(given: Connection, job: ExportJob): Lifespan {
  const { clock } = given.settings;
  const downloadId = randomId();
  const connection = observedAs(given, { downloadId });
  const openedAt = clock.monotonic();
  let isOver = false;
  connection.observe({ type: "open", jobId: job.id, downloadId });
  return {
    connection,
    end({ outcome, error, records, bytes }) {
      if (isOver) return;
      isOver = true;
      connection.observe({
        type: "end",
        jobId: job.id,
        downloadId,
        outcome,
        ...(ExportError.isInstance(error) && { errorCode: error.code }),
        records,
        bytes,
        durationMs: Math.round(clock.monotonic() - openedAt),
      });
    },
  };
}
