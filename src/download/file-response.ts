import type { ExportDownload, ResponseOptions } from "./types.js";

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
