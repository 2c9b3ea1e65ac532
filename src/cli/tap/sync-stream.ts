import { setTimeout as sleep } from "node:timers/promises";
import { type ExportClient, ExportError, type Providers } from "exportkit";
import {
  beginExport,
  type Engine,
  type ExportState,
  incremental,
  parseState,
  runDurably,
} from "exportkit/durable";
import { withoutDocsLink } from "../../model/docs-link.js";
import type { Progress } from "../progress.js";
import { shaped } from "./singer-shape.js";
import type { TapStream } from "./tap-catalog.js";
import type { TapConfig } from "./tap-config.js";
import type { Bookmark } from "./tap-state.js";

interface Sync {
  readonly client: ExportClient<Providers>;
  readonly config: TapConfig;
  readonly stream: TapStream;
  readonly bookmark: Bookmark;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Writes messages of records, and the state after them. */
  readonly write: (records: readonly object[], bookmark: Bookmark) => Promise<void>;
}

/** Reads a stream to its end: the run that was cut off, or a new one. */
export async function syncStream(sync: Sync): Promise<void> {
  const { stream, bookmark, progress } = sync;
  const begun = begin(sync);
  if (bookmark.run) {
    try {
      const run = parseState(bookmark.run);
      if (!isOf(run, begun, stream)) throw new ExportError("JOB_INVALID", "the request is a different one");
      progress.say(`${stream.name}: resuming export ${run.job?.id}, behind ${run.records} records`);
      return await read(sync, run);
    } catch (error) {
      if (!isUseless(error)) throw error;
      progress.say(
        `${stream.name}: the former export cannot be used: ${withoutDocsLink(error.message)}; starting another`,
      );
    }
  }
  await read(sync, begun);
}

/** The state of a new run, which sends nothing. */
function begin({ config, stream, bookmark }: Sync): ExportState {
  const { vendor, startDate, lookbackMs } = config;
  const { request, incremental: field } = stream;
  if (field === undefined) return beginExport(vendor, request);
  const { watermark } = bookmark;
  // Before the first run nothing was missed.
  const changes = incremental({ field, lookbackMs: watermark === undefined ? 0 : lookbackMs });
  return beginExport(vendor, changes(request, watermark ?? startDate));
}

/** Whether a run is of the same stream, asked for in the same way. */
function isOf(run: ExportState, begun: ExportState, { incremental: field }: TapStream): boolean {
  const asked = ({ connection, incremental: by, request }: ExportState) => {
    const { [field ?? ""]: _, ...others } = request;
    return JSON.stringify([connection, by ?? null, others]);
  };
  return asked(run) === asked(begun);
}

const USELESS = ["EXPORT_FAILED", "EXPORT_EXPIRED", "ARTIFACT_MISSING", "ARTIFACT_CHANGED", "JOB_INVALID"];

function isUseless(error: unknown): error is ExportError {
  return ExportError.isInstance(error) && USELESS.includes(error.code);
}

async function read({ client, stream, bookmark, progress, signal, write }: Sync, run: ExportState) {
  const { name, shape } = stream;
  const engine: Engine = {
    step: (_, step) => step(),
    async sleepUntil(step, at) {
      const ms = Math.max(0, at - Date.now());
      if (step.startsWith("retry")) progress.say(`${name}: trying again in ${Math.ceil(ms / 1_000)} s`);
      await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
    },
  };
  const { records } = await runDurably(engine, client, run, {
    sliceMs: Number.POSITIVE_INFINITY,
    signal,
    sink: {
      async write(batch, { after }) {
        if (after.job && batch.records.length === 0) progress.job(after.job);
        const about = { type: "RECORD", stream: name, time_extracted: new Date().toISOString() };
        const messages = batch.records.map((record) => ({ ...about, record: shaped(record, shape) }));
        await write(messages, bookmarkOf(bookmark, after));
      },
    },
  });
  progress.say(`${name}: ${records} records`);
}

function bookmarkOf({ watermark }: Bookmark, state: ExportState): Bookmark {
  if (state.phase !== "done") return { run: state, ...(watermark !== undefined && { watermark }) };
  return state.watermark === undefined ? {} : { watermark: state.watermark };
}
