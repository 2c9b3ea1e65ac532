import type { EmulatorReply } from "./reply.js";

/** A reply's stream as it goes over the wire: compressed, where the reply says so. */
export function compressed(
  reply: EmulatorReply,
  stream: ReadableStream<Uint8Array>,
): { readonly headers: EmulatorReply["headers"]; readonly stream: ReadableStream<Uint8Array> } {
  if (!reply.gzip) return { headers: reply.headers, stream };
  const { "content-length": _unknown, ...headers } = reply.headers;
  // The DOM types let a compressor take more than bytes.
  const gzip = new CompressionStream("gzip") as ReadableWritablePair<Uint8Array, Uint8Array>;
  return { headers: { ...headers, "content-encoding": "gzip" }, stream: stream.pipeThrough(gzip) };
}
