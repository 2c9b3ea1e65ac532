import type { ExportError, ExportErrorCode } from "../model/errors.js";
import { safeFileName } from "../model/file-name.js";
import { sendFollowing } from "../transport/authorize.js";
import { signingContext } from "../transport/call-adapter.js";
import { ForeignFetch, foreignFetch } from "../transport/foreign-fetch.js";
import { artifactError } from "./artifact-error.js";
import { createBodyReader, FileBody } from "./file-body.js";
import { type FileHeaders, readFileHeaders } from "./file-headers.js";
import type { FileInUse, Located } from "./file-in-use.js";
import { type Answered, isRefusal, refusal } from "./file-refusal.js";
import { expireLocation, locateFile } from "./locate-file.js";
import { unpackedBody } from "./packed-body.js";
import { type BytesAnswer, judgeRangeAnswer, type RangeQuestion } from "./range-answer.js";

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
 * Asks for bytes of the artifact once, judges the answer, and opens its body.
 *
 * @param ranged - whether a range is asked for, and not the whole file
 */
export async function openBody(
  file: FileInUse,
  question: RangeQuestion,
  ranged: boolean,
): Promise<OpenedBody> {
  const { offset, end, identity } = question;
  const asked = {
    ...(ranged && { range: `bytes=${offset}-${end === undefined ? "" : end - 1}` }),
    ...(ranged && identity.validator && { "if-range": identity.validator.value }),
  };
  const { open, by, headers, located } = await requestFile(file, asked);
  const answer = judgeRangeAnswer(open.response.status, headers, question);
  // A body may take hours; from here on silence is what counts, not duration.
  open.stopTimers();
  const reader = createBodyReader(file, open);
  if (answer.kind === "bytes") {
    const { coding } = headers;
    // A file that is gzip itself may have been unpacked once already.
    const isItself = coding?.isPlain && file.readAs?.format.endsWith(".gz");
    let unpacked = reader;
    for (let layers = isItself ? 0 : (coding?.gzip ?? 0); layers > 0; layers--)
      unpacked = unpackedBody(file, unpacked, by);
    return {
      kind: "body",
      body: new FileBody(file, unpacked, offset, answer, headers, by),
      answer,
      contentType: headers.contentType ?? located.contentType,
      fileName: headers.fileName ?? safeFileName(located.fileName),
    };
  }
  reader.close();
  if (answer.kind === "end") return answer;
  const { code, message } = answer;
  const words =
    code === "INTEGRITY"
      ? `${by} cannot be trusted with the file of job ${file.job.id}: it ${message}`
      : message;
  return { kind: "wrong", code, error: artifactError(file, code, words) };
}

/** An answer that is about the file: a 200, 206 or 416. */
interface FileAnswer extends Answered {
  readonly headers: FileHeaders;
  readonly located: Located;
}

/**
 * Sends one request for the artifact, and once more where the URL at hand is refused: signed URLs end without notice.
 * Credentials go along only while the provider's own origin is asked. Every other answer than the file's is an error.
 *
 * @param asked - the headers that name the bytes that are wanted
 */
async function requestFile(file: FileInUse, asked: { readonly [name: string]: string }): Promise<FileAnswer> {
  const { connection, job, signal } = file;
  const { name, origins } = connection.provider;
  const scope = { operation: "artifact", safety: "safe", signal, job } as const;
  // Offsets must count the bytes of the file, not those of some compression of it.
  const ranged = { "accept-encoding": "identity", ...asked };
  for (;;) {
    const { located, isFresh } = await locateFile(file);
    const isOwn = located.credentials === "provider";
    const first = {
      operation: "artifact",
      method: "GET",
      url: located.url,
      headers: { accept: "*/*", ...located.headers, ...ranged },
      headersElsewhere: { accept: "*/*", ...ranged },
      job,
      attempts: file.attempts ?? { made: 0 },
      signing: isOwn ? signingContext(connection, scope) : undefined,
      secretUrl: !isOwn,
      hide: located.hide,
      signal,
    } as const;
    const { open, request } = await sendFollowing(connection, first);
    const { response } = open;
    const { status } = response;
    const credentials = request.signing !== undefined;
    const isHome = credentials || origins?.includes(request.url.origin);
    const answered = { open, credentials, by: isHome ? name : `the store at ${request.url.host}` };
    let headers: FileHeaders;
    try {
      headers = readFileHeaders(response.headers);
    } catch {
      // This frees its place among the requests, too.
      open.close();
      const problem = new ForeignFetch("its Response has headers that are not text", status);
      throw foreignFetch(connection, problem, { operation: "artifact", job, status });
    }
    const { refusalType } = located;
    const isFile =
      status === 200
        ? refusalType === undefined || !(await isRefusal(open, headers.contentType, refusalType))
        : status === 206 || status === 416;
    if (isFile) return { ...answered, headers, located };
    if (status >= 400 && status < 500 && status !== 429 && status !== 408) {
      // The next round, or the next try, locates it again.
      expireLocation(file, located);
      if (!isFresh) {
        open.close();
        continue;
      }
    }
    throw await refusal(file, answered);
  }
}
