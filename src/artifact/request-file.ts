import type { Connection } from "../connection.js";
import type { ExportError, ExportErrorCode } from "../model/errors.js";
import { safeFileName } from "../model/file-name.js";
import type { ExportJob } from "../model/job.js";
import { signingContext } from "../transport/call-adapter.js";
import { ForeignFetch, foreignFetch } from "../transport/foreign-fetch.js";
import { sendFollowing } from "../transport/redirect.js";
import type { Attempts, OpenResponse } from "../transport/send.js";
import { createBodyReader, FileBody } from "./file-body.js";
import { readFileHeaders } from "./file-headers.js";
import { type FileLocations, isUsable, type Located, locateFiles } from "./file-locations.js";
import { type Answered, isRefusal, refusal } from "./file-refusal.js";
import { unpackedBody } from "./packed-body.js";
import { type BytesAnswer, judgeRangeAnswer, type RangeQuestion } from "./range-answer.js";

/** What the files of a job are read as. */
export interface ReadAs {
  /** The format of the decoder. */
  readonly format: string;
  /** Whether a decoder reads them, and not only their bytes are handed over. */
  decoded?: boolean;
  /** Whether it was said already that nothing proves them whole. */
  isUnproven?: boolean;
}

/** Which file of the job is read; its URL is kept from request to request as long as it is good. */
export interface FileInUse {
  readonly locations: FileLocations;
  /** Its place among the files, from 0. */
  readonly part: number;
  /** How often the bytes at hand were asked for. */
  attempts?: Attempts | undefined;
  readonly readAs?: ReadAs | undefined;
}

/** What came of one request for bytes of the artifact. */
export type OpenedBody =
  | {
      readonly kind: "body";
      readonly body: FileBody;
      readonly answer: BytesAnswer;
      readonly contentType: string | undefined;
      readonly fileName: string | undefined;
    }
  /** There are no bytes at the offset. */
  | { readonly kind: "end" }
  | { readonly kind: "wrong"; readonly code: ExportErrorCode; readonly error: ExportError };

/**
 * Sends one request and judges the answer.
 *
 * @param ranged - whether a range is asked for, and not the whole file
 */
export async function openBody(
  connection: Connection,
  job: ExportJob,
  file: FileInUse,
  question: RangeQuestion,
  ranged: boolean,
  signal: AbortSignal,
): Promise<OpenedBody> {
  const { offset, end, identity } = question;
  const headers = {
    ...(ranged && { range: `bytes=${offset}-${end === undefined ? "" : end - 1}` }),
    ...(ranged && identity.validator && { "if-range": identity.validator.value }),
  };
  const { open, by, located } = await requestFile(connection, job, file, headers, signal);
  const told = await orClose(connection, job, open, () => readFileHeaders(open.response.headers));
  const answer = judgeRangeAnswer(open.response.status, told, question);
  // A body may take hours; from here on silence is what counts, not duration.
  open.stopTimers();
  const reader = createBodyReader(connection, job, open);
  const failure = (code: ExportErrorCode, message: string, retryable = false) =>
    connection.error(code, message, { operation: "artifact", job, retryable });
  if (answer.kind === "bytes") {
    const { coding } = told;
    // A file that is gzip itself may have been unpacked once already.
    const isItself = coding?.isPlain && file.readAs?.format.endsWith(".gz");
    let unpacked = reader;
    for (let layers = isItself ? 0 : (coding?.gzip ?? 0); layers > 0; layers--)
      unpacked = unpackedBody(unpacked, by, failure);
    return {
      kind: "body",
      body: new FileBody(unpacked, offset, answer, told, by, failure),
      answer,
      contentType: told.contentType ?? located.contentType,
      fileName: told.fileName ?? safeFileName(located.fileName),
    };
  }
  reader.close();
  if (answer.kind === "end") return answer;
  const { code, message } = answer;
  const words =
    code === "INTEGRITY" ? `${by} cannot be trusted with the file of job ${job.id}: it ${message}` : message;
  return { kind: "wrong", code, error: failure(code, words) };
}

/**
 * Sends one request for the artifact, locating it first where there is no usable URL, and once more where the URL at
 * hand is refused: signed URLs end without notice. Resolves with a 200, 206 or 416; everything else is an error.
 */
async function requestFile(
  connection: Connection,
  job: ExportJob,
  file: FileInUse,
  headers: { readonly [name: string]: string },
  signal: AbortSignal,
): Promise<Answered & { readonly located: Located }> {
  for (;;) {
    const current = locatedFile(file);
    const known = current && isUsable(connection, current) ? current : undefined;
    if (!known) {
      if (current) connection.observe({ type: "refresh", what: "url", jobId: job.id });
      await locateFiles(connection, job, file.locations, signal);
    }
    const located = locatedFile(file) as Located;
    const followed = await follow(connection, job, { ...located, attempts: file.attempts }, headers, signal);
    const { open } = followed;
    const { status } = open.response;
    const { refusalType } = located;
    const isFile =
      status === 200
        ? refusalType === undefined ||
          !(await orClose(connection, job, open, () => isRefusal(open, refusalType)))
        : status === 206 || status === 416;
    if (isFile) return { ...followed, located };
    if (status >= 400 && status < 500 && status !== 429 && status !== 408) {
      // Dropping the expiry makes the next round, or the next try, locate it again.
      file.locations.files?.splice(file.part, 1, { ...located, expiresAt: undefined });
      if (known) {
        open.close();
        continue;
      }
    }
    throw await refusal(connection, job, followed);
  }
}

/** Reads of an answer's headers; where they are no text the answer is closed, which frees its place among the requests. */
async function orClose<T>(
  connection: Connection,
  job: ExportJob,
  open: OpenResponse,
  read: () => T | Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch {
    open.close();
    const { status } = open.response;
    const problem = new ForeignFetch("its Response has headers that are no text", status);
    throw foreignFetch(connection, problem, { operation: "artifact", job, status });
  }
}

/** Where the file is, as far as it was told. */
export function locatedFile({ locations, part }: FileInUse): Located | undefined {
  return locations.files?.[part];
}

/** Sends the request itself; credentials go along only while the provider's own origin is asked. */
async function follow(
  connection: Connection,
  job: ExportJob,
  located: Located & Pick<FileInUse, "attempts">,
  headers: { readonly [name: string]: string },
  signal: AbortSignal,
): Promise<Answered> {
  const { name, origins } = connection.provider;
  // Offsets must count the bytes of the file, not those of some compression of it.
  const ranged = { "accept-encoding": "identity", ...headers };
  const scope = { operation: "artifact", safety: "safe", signal, job } as const;
  const { open, request } = await sendFollowing(
    connection,
    {
      operation: "artifact",
      method: "GET",
      url: located.url,
      headers: { accept: "*/*", ...located.headers, ...ranged },
      headersElsewhere: { accept: "*/*", ...ranged },
      job,
      attempts: located.attempts ?? { made: 0 },
      signing: located.credentials === "provider" ? signingContext(connection, scope) : undefined,
      secretUrl: located.credentials === "none",
    },
    signal,
  );
  const { signing, url } = request;
  const credentials = signing !== undefined;
  const atHome = credentials || origins?.includes(url.origin);
  return { open, credentials, by: atHome ? name : `the store at ${url.host}` };
}
