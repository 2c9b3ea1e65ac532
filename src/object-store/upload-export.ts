import type { JobOf, Providers } from "../connection-types.js";
import { isUnproven } from "../download/checkpoint.js";
import { fileStream } from "../download/file-options.js";
import type { DownloadProgress, ExportDownload, UncheckedRepeats } from "../download/types.js";
import type { ExportClient } from "../export-client.js";
import { documentedError } from "../model/documented-error.js";
import type { ExportError } from "../model/errors.js";
import { checkClient } from "../model/wrong-option.js";
import { UploadGone } from "./part-writer.js";
import { beginState, parseUploadState, resumeState } from "./resume-upload.js";
import { budgetOfDownload, createStoreCalls } from "./store-calls.js";
import { resolveUploadOptions, type UploadOptions, type UploadSettings } from "./upload-options.js";
import { deleteRests, UploadSession } from "./upload-session.js";
import type { UploadFormat, UploadState } from "./upload-state.js";
import type { UploadTarget } from "./upload-target.js";

/** What a call of `uploadExport` got done. */
export interface UploadResult {
  /** Whether the object is there, and whole. */
  readonly complete: boolean;
  /** For the next call. */
  readonly state: UploadState;
  /** The object's length in bytes, once it is complete. */
  readonly size?: number;
  /** The records in it; absent until it is complete, and where a provider's file was uploaded as it is. */
  readonly records?: number;
  /** Where it is not complete: the `TIMEOUT` of the budget; its `retryAt` says when the provider wants to be asked again. */
  readonly endedBy?: ExportError;
  /** Where it was completed by this call and you chose `columns`: those that no record filled. */
  readonly emptyColumns?: readonly string[];
  /** Where it was completed by this call: how many records had come before; absent where that was not checked. */
  readonly repeated?: number;
  /** Where it was completed by this call: why that was not checked, where some may have. */
  readonly uncheckedRepeats?: UncheckedRepeats;
}

/**
 * Uploads the result of a succeeded job to an object store, in parts, in constant memory, and survives being killed: call
 * it again with the state, in any process and on any runtime, until it says `complete`.
 *
 * The object appears in one step, and only whole: byte for byte what `saveExport` would have written. An object that is
 * there is replaced. What is not a whole part yet when a call ends lies beside the object, as `KEY.rest-0` or `KEY.rest-1`,
 * until the next call fetches it; both are deleted in the end. One call at a time may work on one state. A source that has no
 * validator to be resumed by is uploaded from its beginning again; a call without `onState` that fails aborts its upload.
 *
 * A process that is killed between the end and your storing of it loses nothing: the next call finds the upload gone, sees
 * by the object's metadata that the object is the one of this upload, and says `complete`.
 *
 * @throws
 * - `CONFIG_INVALID` for a wrong option
 * - `JOB_INVALID` for a state of another upload, and, with `details.reason: "upload-gone"`, for one whose upload was
 *   aborted or has expired at the store: call again without it
 * - `LIMIT_EXCEEDED` for an object of more parts than the store allows; raise `partBytes`
 * - what the store refuses, as `FORBIDDEN`, `NOT_FOUND`, `RATE_LIMITED`, `PROVIDER_UNAVAILABLE`, `NETWORK`, `TIMEOUT`,
 *   with `details.target`
 * - `ARTIFACT_CHANGED` for a file that is another one now, or that can neither be resumed nor proven and was started four times
 * - what `download` and reading from it throw
 *
 * @example
 * ```ts
 * const target = r2Target(env.EXPORTS, "users.ndjson");
 * const { complete, state } = await uploadExport(client, job, target, {
 *   format: "ndjson",
 *   state: await load(),
 *   onState: (state) => save(state),
 *   budget: createBudget({ deadline: Date.now() + 25_000, requests: 45 }),
 * });
 * ```
 */
export async function uploadExport<P extends Providers, J extends JobOf<P>>(
  client: ExportClient<P>,
  job: J,
  target: UploadTarget,
  options: UploadOptions = {},
): Promise<UploadResult> {
  checkClient("uploadExport", client, "parseJob", "download");
  const settings = resolveUploadOptions("uploadExport", target, options);
  client.parseJob(job);
  const state =
    settings.state === undefined || settings.state === null
      ? beginState(job, target, settings)
      : resumeState(job, target, settings);
  let session = new UploadSession(target, settings, job, state);
  try {
    for (;;) {
      try {
        return await run(client, job, session, settings);
      } catch (error) {
        if (error instanceof UploadGone) return resultOf(await session.recover(error));
        if (!(error instanceof Unproven)) throw error;
        session = await session.restarted(error.cause);
      }
    }
  } catch (error) {
    await session.forsake(state.uploadId);
    // Whatever an abort broke, the reason is what the caller wants to see.
    throw settings.signal?.aborted ? settings.signal.reason : error;
  }
}

/** The source cannot be resumed and never could; all of it has to come again. */
class Unproven extends Error {
  override readonly cause: ExportError;

  constructor(cause: ExportError) {
    super(cause.message);
    this.cause = cause;
  }
}

async function run<P extends Providers, J extends JobOf<P>>(
  client: ExportClient<P>,
  job: J,
  session: UploadSession,
  settings: UploadSettings,
): Promise<UploadResult> {
  const { phase, checkpoint } = session.state;
  if (phase === "complete") return resultOf(session.state);
  if (phase === "finishing") return resultOf(await session.finish());
  await session.reopen();
  let progress: DownloadProgress | undefined;
  let download: ExportDownload<unknown> | undefined;
  try {
    download = await client.download(job, {
      signal: settings.signal,
      budget: budgetOfDownload(settings.budget),
      checkpoint,
      onProgress: (told) => {
        progress = told;
      },
    });
    const { layout, onInvalid, onProgress } = settings;
    const records = () => (layout.format === "raw" ? undefined : progress?.records);
    const report = () => {
      const { totalBytes, totalRecords } = progress ?? {};
      onProgress?.({
        bytes: session.bytes,
        records: records() ?? 0,
        ...(totalBytes !== undefined && { totalBytes }),
        ...(totalRecords !== undefined && { totalRecords }),
      });
    };
    const { gzip, ...file } = layout;
    const stream = fileStream(download, file, onInvalid);
    const contentType = gzip ? "application/gzip" : contentTypeOf(download, file.format);
    if (!(await session.pump(download, stream, contentType, { records, report }))) {
      const { endedBy } = download;
      return { complete: false, state: session.state, ...(endedBy && { endedBy }) };
    }
    // Of a provider's own columns some are always empty.
    const emptyColumns = layout.columns && download.emptyColumns;
    const { repeated, uncheckedRepeats } = download;
    return {
      ...resultOf(await session.finish()),
      ...(emptyColumns && { emptyColumns }),
      ...(repeated !== undefined && { repeated }),
      ...(uncheckedRepeats && { uncheckedRepeats }),
    };
  } catch (error) {
    throw isUnproven(error, download?.checkpoint() ?? checkpoint) ? new Unproven(error) : error;
  } finally {
    await download?.[Symbol.asyncDispose]();
  }
}

function resultOf(state: UploadState): UploadResult {
  const { bytes, records } = state;
  return { complete: true, state, size: bytes, ...(records !== undefined && { records }) };
}

function contentTypeOf(download: ExportDownload<unknown>, format: UploadFormat): string {
  if (format === "raw") return download.contentType;
  return format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson";
}

/**
 * Throws away what an unfinished upload left in the store: its parts, which cost money and show in no listing, and what
 * lies beside the object. A state that `uploadExport` never gave out (the process was killed before) is out of its reach:
 * have the bucket's lifecycle rule `AbortIncompleteMultipartUpload` clear such uploads away (R2 does after 7 days).
 *
 * @param state - of the upload; a complete one is left alone
 *
 * @example
 * ```ts
 * await abortUpload(target, await load());
 * ```
 *
 * @throws `JOB_INVALID` for a value that is not a state or one of another target; what the store refuses
 */
export async function abortUpload(
  target: UploadTarget,
  state: unknown,
  options: Pick<UploadOptions, "signal" | "storeRetry"> = {},
): Promise<void> {
  const settings = resolveUploadOptions("abortUpload", target, options);
  const { uploadId, hasRests, phase, target: name } = parseUploadState(state);
  if (name !== target.name)
    throw documentedError(
      "JOB_INVALID",
      `abortUpload: the state is of an upload to ${name}, and the target is ${target.name}`,
      { details: { field: "target" } },
    );
  if (phase === "complete") return;
  const store = createStoreCalls(target, settings);
  if (uploadId !== undefined) await store((call) => target.abort(uploadId, call));
  if (hasRests) await deleteRests(target, store);
}
