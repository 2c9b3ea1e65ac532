import type { EncodeOptions } from "exportkit";

interface Encodes {
  readonly emptyColumns?: readonly string[] | undefined;
  encode(format: "csv", options?: EncodeOptions): ReadableStream<Uint8Array>;
}

/** A download as CSV text, a byte order mark included. */
export async function csvText(download: Encodes, options: EncodeOptions = {}): Promise<string> {
  const bytes = await new Response(download.encode("csv", options) as BodyInit).arrayBuffer();
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
