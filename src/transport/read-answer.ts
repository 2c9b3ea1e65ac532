import type { Connection } from "../connection.js";
import { untilAborted } from "../model/abort.js";
import { concatBytes } from "../model/bytes.js";
import type { ExportError, ExportErrorContext } from "../model/errors.js";
import { readJson } from "../model/json.js";
import { loadPart } from "../model/load-part.js";
import type { HttpResponse } from "../spec/http.js";
import type { AnswerText } from "./charset.js";
import { ForeignFetch, foreignFetch } from "./foreign-fetch.js";
import type { OperationScope } from "./operation-scope.js";
import type { OpenResponse } from "./send.js";

/** Reads the answer to an adapter's request whole. */
export async function readAnswer(
  connection: Connection,
  { response, signal }: OpenResponse,
  scope: OperationScope,
): Promise<HttpResponse> {
  const { operation, job } = scope;
  const limit = connection.settings.maxBufferedBytes;
  let bytes: Uint8Array | undefined;
  try {
    bytes = await readBounded(response, limit, signal);
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    if (cause instanceof ForeignFetch)
      throw foreignFetch(connection, cause, { operation, job, status: response.status });
    throw connection.error(
      "NETWORK",
      `the connection was lost in the middle of the answer to the ${operation} request`,
      { operation, job, retryable: true, cause },
    );
  }
  if (!bytes) {
    throw connection.error(
      "LIMIT_EXCEEDED",
      `the answer to the ${operation} request is larger than maxBufferedBytes (${limit} bytes)`,
      { operation, job, status: response.status, details: { limit } },
    );
  }
  if (scope.received) scope.received.bytes += bytes.byteLength;
  // What a refusal says matters less than what its status means.
  const read: AnswerText = response.ok
    ? await answerText(bytes, response.headers.get("content-type"))
    : { text: new TextDecoder().decode(bytes) };
  if ("problem" in read) {
    const { problem, ...place } = read;
    throw notReadable(connection, scope, response.status, problem, { details: place });
  }
  const { text, isUtf8 } = read;
  const { parse } = scope;
  const json = readJson(text, isUtf8 && parse ? () => parse(text, bytes) : undefined);
  return { status: response.status, headers: response.headers, text, json };
}

/**
 * Decodes an answer by the charset that its content type names, else by its byte order mark, else as UTF-8. Byte order
 * marks at the beginning are left out, however many there are.
 */
async function answerText(bytes: Uint8Array, contentType: string | null): Promise<AnswerText> {
  // A header that came twice is joined by a comma.
  const charset = /;\s*charset\s*=\s*["']?([^\s"',;]+)/i.exec(contentType ?? "")?.[1] ?? "utf-8";
  if (/^utf-?8$/i.test(charset)) {
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/^\uFEFF+/, "");
      return { text, isUtf8: true };
    } catch {
      // Marked as UTF-16, or no text; few answers are.
    }
  }
  return (await loadPart(import("./charset.js"))).textIn(bytes, charset);
}

/** The error for an answer with something else than was asked for, which names the page that it was to be. */
export function notReadable(
  connection: Connection,
  { operation, job, page }: OperationScope,
  status: number,
  problem: string,
  context: ExportErrorContext,
): ExportError {
  const asked = page === undefined ? `the ${operation} request` : `the request for page ${page}`;
  return connection.error(
    "RESPONSE_INVALID",
    `${connection.provider.name} answered ${asked} with ${problem}`,
    {
      operation,
      job,
      status,
      ...context,
      ...(page !== undefined && { details: { page, ...context.details } }),
    },
  );
}

/** Reads a body whole, but no more than `limit` bytes: `undefined` when there are more. */
export async function readBounded(
  response: Response,
  limit: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const reader = response.body?.getReader();
  if (!reader) return new Uint8Array();
  try {
    return await untilAborted(() => readAll(reader, limit), signal);
  } finally {
    // After the end this does nothing; before it, it closes the connection.
    reader.cancel().catch(() => {});
  }
}

async function readAll(
  reader: ReadableStreamDefaultReader<unknown>,
  limit: number,
): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return concatBytes(parts, length);
    const chunk = chunkBytes(value);
    length += chunk.byteLength;
    if (length > limit) return undefined;
    parts.push(chunk);
  }
}

/** What a body's stream gave, as bytes. They may be of another realm, or lie in another kind of view. */
export function chunkBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  const kind = Object.prototype.toString.call(value);
  if (kind === "[object ArrayBuffer]" || kind === "[object SharedArrayBuffer]")
    return new Uint8Array(value as ArrayBuffer);
  // Text is no way to carry bytes: what was not UTF-8 in them is lost by then.
  throw new ForeignFetch(
    `its Response has a body of ${typeof value === "string" ? "text" : kind}, not bytes`,
  );
}
