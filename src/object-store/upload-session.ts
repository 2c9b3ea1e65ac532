import { isUnproven } from "../download/checkpoint.js";
import type { Checkpoint, ExportDownload } from "../download/types.js";
import { documentedError } from "../model/documented-error.js";
import type { ExportError } from "../model/errors.js";
import { sha256Hex } from "../model/hex.js";
import type { ExportJob } from "../model/job.js";
import { PartWriter, UploadGone } from "./part-writer.js";
import { createStoreCalls, type StoreCalls } from "./store-calls.js";
import type { UploadSettings } from "./upload-options.js";
import { restartedState, type UploadState } from "./upload-state.js";
import type { RestSlot, UploadTarget } from "./upload-target.js";

const ABORT_MS = 10_000;

/** A place between two chunks of a download. */
interface Place {
  readonly rest: Uint8Array;
  readonly records: number | undefined;
  readonly checkpoint: Checkpoint;
}

/**
 * One call's work on an upload. The invariant: whoever resumes from `state` makes the same object, for what it names in
 * the store is not replaced before the caller has a newer one.
 */
export class UploadSession {
  readonly #target: UploadTarget;
  readonly #settings: UploadSettings;
  readonly #job: ExportJob;
  readonly #store: StoreCalls;
  readonly #writer: PartWriter;
  #state: UploadState;
  /** The slot of the newest state that the caller has. */
  #keptSlot: RestSlot;
  #records: number | undefined;

  constructor(target: UploadTarget, settings: UploadSettings, job: ExportJob, state: UploadState) {
    this.#target = target;
    this.#settings = settings;
    this.#job = job;
    this.#state = state;
    this.#keptSlot = state.rest?.slot ?? 1;
    this.#records = state.records;
    this.#store = createStoreCalls(target, settings);
    // Told at once, for nobody clears away an upload that nobody knows of; where it stands is as before.
    this.#writer = new PartWriter(target, this.#store, state, (uploadId) =>
      this.#tell({ ...this.#state, uploadId }),
    );
  }

  get state(): UploadState {
    return this.#state;
  }

  /** The object's length so far. */
  get bytes(): number {
    return this.#writer.bytes;
  }

  /** Takes up what lies beside the object. */
  async reopen(): Promise<void> {
    const { rest } = this.#state;
    if (!rest) return;
    const bytes = await this.#store((call) => this.#target.getRest(rest.slot, call));
    if (!bytes) throw new UploadGone("rest-gone", `what lay beside ${this.#target.name} is gone`);
    if (bytes.byteLength !== rest.bytes || (await sha256Hex(bytes)) !== rest.sha256)
      throw new UploadGone("rest-gone", `what lies beside ${this.#target.name} is of another state`);
    this.#writer.reopen(bytes);
  }

  /** Moves a download into parts; `false` where a budget ended it. */
  async pump(
    download: ExportDownload<unknown>,
    stream: ReadableStream<Uint8Array>,
    contentType: string,
    progress: { readonly records: () => number | undefined; readonly report: () => void },
  ): Promise<boolean> {
    this.#writer.contentType = contentType;
    const { onState } = this.#settings;
    try {
      for await (const chunk of stream) {
        const isPartCut = await this.#writer.write(chunk);
        this.#records = progress.records();
        // Without anybody who stores it, a state in the middle is of no use.
        if (isPartCut && onState) {
          const place = await this.#place(download);
          this.#writer.thereafter(() => this.#keep(place));
        }
        progress.report();
      }
      await this.#writer.landed();
    } catch (error) {
      await this.#writer.landed().catch(() => {});
      // What came is kept for the next call, as far as that works and is of use to it.
      if (onState && !this.#writer.isTorn && !isUnproven(error, download.checkpoint()))
        await this.#keep(await this.#place(download), false).catch(() => {});
      throw error;
    }
    this.#settings.signal?.throwIfAborted();
    if (!download.complete) {
      await this.#keep(await this.#place(download));
      return false;
    }
    const bytes = await this.#writer.end();
    const { parts } = this.#writer;
    const whole = {
      ...this.#state,
      parts,
      bytes,
      records: this.#records,
      rest: undefined,
      checkpoint: undefined,
    };
    if (this.#writer.uploadId === undefined) this.#state = whole;
    else await this.#tell({ ...whole, phase: "finishing" });
    return true;
  }

  /** Makes the object of its parts. To be called again where nobody knows whether that was done. */
  async finish(): Promise<UploadState> {
    const { uploadId, parts } = this.#state;
    if (uploadId !== undefined) {
      const isDone = await this.#store((call) => this.#target.finish(uploadId, parts, call));
      if (!isDone)
        throw new UploadGone("upload-gone", `the upload to ${this.#target.name} was aborted, or has expired`);
    }
    return this.#close(this.#state);
  }

  /** An upload that is gone was finished if the object carries its mark; else it cannot be resumed. */
  async recover({ reason, message }: UploadGone): Promise<UploadState> {
    const found = await this.#store((call) => this.#target.head(call));
    const { upload, bytes, phase } = this.#state;
    const isKnown = phase === "finishing";
    if (found?.upload !== upload || (isKnown && found.size !== bytes)) {
      const { provider, connection } = this.#job;
      throw documentedError("JOB_INVALID", `${message}. To start over, call uploadExport without a state`, {
        provider,
        connection,
        job: this.#job,
        details: { reason, target: this.#target.name },
      });
    }
    // What an earlier call knew and could not tell any more, nobody knows.
    return this.#close(
      isKnown ? this.#state : { ...this.#state, bytes: found.size, parts: [], records: undefined },
    );
  }

  /** The same upload from its beginning, for its source cannot be resumed; parts are replaced by their numbers. */
  async restarted(error: ExportError): Promise<UploadSession> {
    const state = restartedState(error, this.#job, this.#target, this.#state, this.#writer.uploadId);
    // Told before anything that it names is replaced.
    await this.#tell(state);
    return new UploadSession(this.#target, this.#settings, this.#job, state);
  }

  /** Aborts an upload of which nobody was told, so that its parts do not lie in the store for ever. */
  async forsake(known: string | undefined): Promise<void> {
    const { uploadId } = this.#writer;
    if (this.#settings.onState || uploadId === undefined || uploadId === known) return;
    const { timeoutMs } = this.#settings.storeRetry;
    const once = { retries: 0, minDelayMs: 0, timeoutMs: Math.min(timeoutMs, ABORT_MS) };
    const store = createStoreCalls(this.#target, { ...this.#settings, storeRetry: once });
    // The failure that led here is what the caller has to hear of.
    await store((call) => this.#target.abort(uploadId, call), { abortable: false }).catch(() => {});
  }

  async #close(state: UploadState): Promise<UploadState> {
    if (state.hasRests) await deleteRests(this.#target, this.#store);
    await this.#tell({ ...state, phase: "complete", rest: undefined, checkpoint: undefined });
    return this.#state;
  }

  /** Where the download stands, between two chunks, and what is not a whole part by then. */
  async #place(download: ExportDownload<unknown>): Promise<Place> {
    return { rest: await this.#writer.rest(), records: this.#records, checkpoint: download.checkpoint() };
  }

  /** Makes a state of a place behind the last whole part. */
  async #keep({ rest, records, checkpoint }: Place, abortable = true): Promise<void> {
    const { uploadId, parts } = this.#writer;
    const bytes = parts.length * this.#state.partBytes + rest.byteLength;
    const state: UploadState = {
      ...this.#state,
      uploadId,
      parts,
      bytes,
      records,
      checkpoint,
      rest: undefined,
    };
    if (rest.byteLength === 0) return this.#tell(state);
    const slot: RestSlot = this.#keptSlot === 0 ? 1 : 0;
    await this.#store((call) => this.#target.putRest(slot, rest, call), { abortable });
    const known = { slot, bytes: rest.byteLength, sha256: await sha256Hex(rest) };
    await this.#tell({ ...state, rest: known, hasRests: true });
  }

  /** The state to resume from, as soon as the caller has it. */
  async #tell(given: UploadState): Promise<void> {
    // As JSON has it: what is absent is not there as undefined.
    const state = Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined),
    ) as unknown as UploadState;
    await this.#settings.onState?.(state);
    this.#state = state;
    if (state.rest) this.#keptSlot = state.rest.slot;
  }
}

/** Deletes what may lie beside the object. */
export async function deleteRests(target: UploadTarget, store: StoreCalls): Promise<void> {
  await store((call) => target.deleteRest(0, call));
  await store((call) => target.deleteRest(1, call));
}
