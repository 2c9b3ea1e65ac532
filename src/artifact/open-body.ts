import type { ExportError, ExportErrorCode } from "../model/errors.js";
import { safeFileName } from "../model/file-name.js";
import { artifactError } from "./artifact-error.js";
import { createBodyReader } from "./body-reader.js";
import { FileBody } from "./file-body.js";
import type { FileInUse } from "./file-in-use.js";
import { unpackedBody } from "./packed-body.js";
import { type BytesAnswer, judgeRangeAnswer, type RangeQuestion } from "./range-answer.js";
import { requestFile } from "./request-file.js";

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
