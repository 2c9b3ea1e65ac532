import type { ExportError, ExportErrorCode } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";
import type { Connection } from "../transport/connection.js";
import { type BodyFailure, type BodyReader, createBodyReader } from "./body-reader.js";
import type { ContentCheck } from "./content-check.js";
import { codingOf, isEncoded } from "./content-coding.js";
import { isStoredAsServed } from "./content-length.js";
import { headerOf } from "./header.js";
import { unpackedBody } from "./packed-body.js";
import { type BytesAnswer, judgeRangeAnswer, type RangeQuestion } from "./range-answer.js";
import { type FileInUse, requestFile } from "./request-file.js";

/** What came of one request for bytes of the artifact. */
export type OpenedBody =
  | { readonly kind: "body"; readonly body: FileBody; readonly answer: BytesAnswer }
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
  const { open, by } = await requestFile(connection, job, file, headers, signal);
  const reader = createBodyReader(connection, job, open);
  const failure = (code: ExportErrorCode, message: string, retryable = false) =>
    connection.error(code, message, { operation: "artifact", job, retryable });
  const { status, headers: answered } = open.response;
  const answer = judgeRangeAnswer(status, answered, question);
  if (answer.kind === "bytes") {
    // A file that is gzip itself may have been unpacked once already.
    const coding = codingOf(answered.get("content-encoding"));
    const isItself = coding?.isPlain && file.readAs?.format.endsWith(".gz");
    let unpacked = reader;
    for (let layers = isItself ? 0 : (coding?.gzip ?? 0); layers > 0; layers--)
      unpacked = unpackedBody(unpacked, by, failure);
    return { kind: "body", body: new FileBody(unpacked, offset, answer, answered, by, failure), answer };
  }
  reader.close();
  if (answer.kind === "end") return answer;
  const { code, message } = answer;
  const told =
    code === "INTEGRITY" ? `${by} cannot be trusted with the file of job ${job.id}: it ${message}` : message;
  return { kind: "wrong", code, error: failure(code, told) };
}

/** The bytes of one answer from some offset of the file on. It gives no byte that the answer did not announce. */
export class FileBody {
  /** The headers of the answer. */
  readonly headers: Headers;
  /** Who answered, in words. */
  readonly by: string;
  readonly #reader: BodyReader;
  readonly #answer: BytesAnswer;
  readonly #failure: BodyFailure;
  #position: number;
  #skip: number;

  constructor(
    reader: BodyReader,
    offset: number,
    answer: BytesAnswer,
    headers: Headers,
    by: string,
    failure: BodyFailure,
  ) {
    this.#reader = reader;
    this.headers = headers;
    this.by = by;
    this.#answer = answer;
    this.#failure = failure;
    this.#position = offset - answer.skip;
    this.#skip = answer.skip;
  }

  /** The offset of the next byte that `next` will give. */
  get position(): number {
    return this.#position + this.#skip;
  }

  /** Whether the answer reaches to the end of the file; a part may be followed by others. */
  get whole(): boolean {
    return this.#answer.whole;
  }

  /** Whether what came shows by itself that it is whole. */
  get showsItsEnd(): boolean {
    return this.#reader.isWhole === true;
  }

  /** The next chunk after what is skipped, never empty; `undefined` where the answer ends as it said it would. */
  async next(): Promise<Uint8Array | undefined> {
    const { endsAt } = this.#answer;
    for (;;) {
      const chunk = await this.#reader.read();
      if (!chunk) {
        if (this.#skip > 0 || (endsAt !== undefined && this.#position < endsAt)) throw this.brokeOff();
        return undefined;
      }
      this.#position += chunk.byteLength;
      if (endsAt !== undefined && this.#position > endsAt) {
        throw this.#failure("INTEGRITY", `${this.by} sent more than the ${endsAt} bytes it announced`, false);
      }
      if (this.#skip < chunk.byteLength) {
        const fresh = this.#skip > 0 ? chunk.subarray(this.#skip) : chunk;
        this.#skip = 0;
        return fresh;
      }
      this.#skip -= chunk.byteLength;
    }
  }

  /** The error for an answer that ended too early. */
  brokeOff(): ExportError {
    const announced = this.#answer.endsAt ?? "an unknown number";
    const message = `the file from ${this.by} broke off at byte ${this.#position} of ${announced}`;
    return this.#failure("INTEGRITY", message, true);
  }

  close(): void {
    this.#reader.close();
  }
}

// With a part of a file they are of the part.
const OF_BODY = [
  "content-md5",
  "content-digest",
  "x-amz-checksum-crc32",
  "x-amz-checksum-crc32c",
  "x-amz-checksum-sha256",
];
const OF_FILE = ["digest", "repr-digest", "x-goog-hash", "x-ms-blob-content-md5"];

/**
 * The check of a file that is read from its beginning, by what the first answer announces. Loaded only where there is
 * something to check; what is decompressed on the way is not what the store speaks of.
 */
export async function announcedContent({ headers, whole, by }: FileBody): Promise<ContentCheck | undefined> {
  if (isEncoded(headers)) return undefined;
  const announced = (whole ? [...OF_BODY, ...OF_FILE] : OF_FILE).flatMap((name) => {
    const value = name === "x-goog-hash" && !isStoredAsServed(headers) ? undefined : headerOf(headers, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  if (announced.length === 0) return undefined;
  const { createContentCheck } = await import("./content-check.js");
  return createContentCheck(announced, by);
}
