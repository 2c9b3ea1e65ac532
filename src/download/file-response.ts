import type { Items } from "./one-by-one.js";
import type { ResponseOptions } from "./read-options.js";
import type { ExportDownload } from "./types.js";

/**
 * A download as a `Response`: to be saved under its name, and not to be guessed at or kept by anybody on the way.
 *
 * @param size - the length of the provider's own bytes, where it is known
 */
export function fileResponse(
  download: ExportDownload<unknown>,
  { format, ...options }: ResponseOptions,
  size: number | undefined,
): Response {
  if (!format) return respond(() => download.bytes(), download.contentType, download.fileName, size);
  const contentType = format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson";
  const fileName = `${download.fileName.replace(/\.gz$/i, "").replace(/\.[^.]*$/, "")}.${format}`;
  return respond(() => download.encode(format, options), contentType, fileName);
}

function respond(
  body: () => ReadableStream<Uint8Array>,
  contentType: string,
  fileName: string,
  length?: number,
): Response {
  const ascii = fileName.replace(/[^\x20-\x7e]|["\\]/g, "_");
  const headers = new Headers({
    "content-type": contentType,
    "content-disposition": `attachment; filename="${ascii}"; filename*=UTF-8''${encodeURIComponent(fileName)}`,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  if (length !== undefined) headers.set("content-length", String(length));
  // Taken last: what fails before leaves the download to be read in another way.
  return new Response(body(), { headers });
}

/**
 * An iteration of chunks as a web stream. Without a queue of its own a chunk is made when it is asked for, so that
 * "made" and "handed over" are the same moment, which is what a checkpoint needs.
 *
 * @param close - ends what the chunks are read from: a generator that waits, or never ran, does not see a `return`
 */
export function byteStream(chunks: Items<Uint8Array>, close: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        close();
        await chunks.return();
      },
    },
    { highWaterMark: 0 },
  );
}
