/** The bytes of an answer: whole, or made while they are sent. */
export type ReplyBody = Uint8Array | AsyncIterable<Uint8Array>;

/** An answer before it becomes a `Response` or goes over a socket. */
export interface EmulatorReply {
  /** The HTTP status. */
  readonly status: number;
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string };
  /** The body, whole or in pieces. */
  readonly body: ReplyBody;
  /** The body's true length in bytes, whatever the headers say. */
  readonly length?: number | undefined;
  /** The `content-length` header is a lie, which a socket cannot carry: over HTTP the body goes in chunks. */
  readonly misframed?: boolean | undefined;
  /** Compressed on the wire. A `fetch` shows such a body decompressed. */
  readonly gzip?: boolean | undefined;
}

/**
 * An answer with a text as its body.
 *
 * @example
 * ```ts
 * textReply(404, "text/plain", "no such export").headers; // { "content-type": "text/plain", "content-length": "14" }
 * ```
 */
export function textReply(
  status: number,
  contentType: string,
  text: string,
  headers: { readonly [name: string]: string } = {},
): EmulatorReply {
  const body = new TextEncoder().encode(text);
  return {
    status,
    headers: { "content-type": contentType, "content-length": String(body.byteLength), ...headers },
    body,
    length: body.byteLength,
  };
}

/** The chunks of a body. */
export async function* chunksOf(body: ReplyBody): AsyncGenerator<Uint8Array, void, undefined> {
  if (!ArrayBuffer.isView(body)) yield* body;
  else if (body.byteLength > 0) yield body;
}

/** The whole of a body, for short ones. */
export async function bytesOf(body: ReplyBody): Promise<Uint8Array> {
  if (ArrayBuffer.isView(body)) return body;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.byteLength;
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/**
 * A body as a stream that makes nothing before it is asked. Cancelling it, or `closed`, ends what the body waits for.
 * A body that breaks off errors the stream with the `TypeError` that `fetch` shows for a lost connection.
 * `onEnd` is called once, however it ends.
 */
export function streamOf(
  body: ReplyBody,
  closed: AbortController,
  onEnd: () => void = () => {},
): ReadableStream<Uint8Array> {
  const chunks = chunksOf(body);
  let onAbort = () => {};
  const release = () => {
    closed.signal.removeEventListener("abort", onAbort);
    onEnd();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        onAbort = () => {
          release();
          controller.error(closed.signal.reason);
          chunks.return().catch(() => {});
        };
        if (closed.signal.aborted) onAbort();
        else closed.signal.addEventListener("abort", onAbort);
      },
      async pull(controller) {
        try {
          const { done, value } = await chunks.next();
          if (closed.signal.aborted) return;
          if (!done) return controller.enqueue(value);
          release();
          controller.close();
        } catch (cause) {
          if (closed.signal.aborted) return;
          release();
          controller.error(new TypeError("terminated", { cause }));
        }
      },
      cancel(reason) {
        release();
        closed.abort(reason);
        chunks.return().catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}
