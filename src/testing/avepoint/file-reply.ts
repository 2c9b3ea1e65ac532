import type { EmulatorRequest } from "../emulator.js";
import { rangeReply, selectRange } from "../range.js";
import { type EmulatorReply, textReply } from "../reply.js";
import { type ComputedBytes, computedChunks } from "./computed-bytes.js";
import type { AvepointSettings } from "./options.js";

export interface ServedFile {
  readonly bytes: ComputedBytes;
  readonly name: string;
  /** What tells this state of the file from others. */
  readonly tag: string;
}

/** The answer that carries a file, or the part of it that was asked for. */
export function fileReply(
  { headers }: EmulatorRequest,
  file: ServedFile,
  settings: AvepointSettings,
): EmulatorReply {
  const { size } = file.bytes;
  const etag = settings.etag === "weak" ? `W/"${file.tag}"` : `"${file.tag}"`;
  const named = {
    "content-type": "application/zip",
    "content-disposition": `attachment; filename=${file.name}`,
    ...(settings.etag !== "none" && { etag }),
    ...(settings.ranges === "honour" && { "accept-ranges": "bytes" }),
  };
  // RFC 9110, 13.1.5: a range holds for the very same strong tag only.
  const condition = headers.get("if-range")?.trim();
  const current = condition === undefined || (settings.etag === "strong" && condition === etag);
  const range = selectRange(settings.ranges === "honour" && current ? headers.get("range") : null, size);
  if (range.kind === "unsatisfiable")
    return textReply(416, "text/plain", "", { "content-range": `bytes */${size}` });
  const { status, start, end, length, headers: ranged } = rangeReply(range, size, settings.contentLength);
  return {
    status,
    headers: { ...named, ...ranged },
    body: computedChunks(file.bytes, start, end, settings.chunkBytes),
    length,
  };
}
