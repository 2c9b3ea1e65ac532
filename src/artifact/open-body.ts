import type { ExportError, ExportErrorCode } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";
import type { Connection } from "../transport/connection.js";
import { createBodyReader } from "./body-reader.js";
import { Flow } from "./file-body.js";
import { type BytesAnswer, judgeRangeAnswer, type RangeQuestion } from "./range-answer.js";
import { connectArtifact, type FileInUse } from "./request-file.js";

/** What came of one request for bytes of the artifact. */
export type OpenedFlow =
  | { readonly kind: "flow"; readonly flow: Flow; readonly answer: BytesAnswer }
  /** There are no bytes at the offset. */
  | { readonly kind: "end" }
  | { readonly kind: "wrong"; readonly code: ExportErrorCode; readonly error: ExportError };

/**
 * Sends one request and judges the answer.
 *
 * @param ranged - whether a range is asked for, and not the whole file
 */
export async function openFlow(
  connection: Connection,
  job: ExportJob,
  file: FileInUse,
  question: RangeQuestion,
  ranged: boolean,
  signal: AbortSignal,
): Promise<OpenedFlow> {
  const { offset, end, identity } = question;
  const headers = {
    ...(ranged && { range: `bytes=${offset}-${end === undefined ? "" : end - 1}` }),
    ...(ranged && identity.validator && { "if-range": identity.validator.value }),
  };
  const { open, by } = await connectArtifact(connection, job, file, headers, signal);
  const reader = createBodyReader(connection, job, open);
  const failure = (code: ExportErrorCode, message: string, retryable = false) =>
    connection.error(code, message, { operation: "artifact", job, retryable });
  const { status, headers: answered } = open.response;
  const answer = judgeRangeAnswer(status, answered, question);
  if (answer.kind === "bytes") {
    return { kind: "flow", flow: new Flow(reader, offset, answer, answered, by, failure), answer };
  }
  reader.close();
  if (answer.kind === "end") return answer;
  const { code, message } = answer;
  const told =
    code === "INTEGRITY" ? `${by} cannot be trusted with the file of job ${job.id}: it ${message}` : message;
  return { kind: "wrong", code, error: failure(code, told) };
}
