import { loadPart } from "../../model/load-part.js";
import type { RecordDecoder } from "../../spec/records.js";
import { checkDecoder, decoderOptions } from "../decoder-options.js";
import { ARCHIVE_OPTION_KINDS, checkArchiveOptions, type ZipOptions } from "./archive-options.js";
import { isArchiveProof } from "./archive-state.js";

/**
 * A decoder for a ZIP archive, whose members `inner` reads: NDJSON, CSV, JSON, workbooks, or other archives. They come in
 * the order of the archive, and where a record stands names its member as `file`. A function in place of a decoder chooses
 * one by the member's name, and `undefined` passes it over. An archive that is a workbook itself is read as one by
 * `zip(xlsx())`. One with no member to read is refused: it is not an empty export.
 *
 * The archive is read by its central directory, through range requests where the store answers them; else it is held in
 * memory. Lengths and CRC-32 are checked at the end of each member, so that the last records before damage have been
 * handed over when it is reported.
 *
 * Where the store names no strong validator, the content proves the file to be the same. A checkpoint carries a SHA-256
 * of the directory (names, lengths, places and CRC-32 of all members) and the CRC-32 of what was read of its member; both
 * are compared before the first record is handed over after it, or soon after for those that were read together with those
 * handed over. Within a run the directory is compared again behind each member that is read where it lies, and after
 * any damage. A store without ranges and validator is asked for the whole archive again where it breaks off: nothing has
 * been handed over by then. All this tells another file by accident; against one made to collide only TLS protects.
 *
 * Its errors: `INTEGRITY` (cut short, damaged), `ARTIFACT_CHANGED` (replaced by another), `DECODE_FAILED` (no archive,
 * hostile names, overlapping members), `LIMIT_EXCEEDED` (bombs, more than memory allows), `NOT_SUPPORTED` (encrypted,
 * methods but deflate).
 *
 * @throws ExportError `CONFIG_INVALID`
 * @example
 * ```ts
 * const rows = zip(csv(), { members: (name) => name.endsWith(".csv") });
 * const both = zip((name) => (name.endsWith(".json") ? json<User>({ path: "users" }) : undefined));
 * ```
 */
export function zip<R>(
  inner: RecordDecoder<R> | ((name: string) => RecordDecoder<R> | undefined),
  options: ZipOptions<R> = {},
): RecordDecoder<R> {
  if (typeof inner !== "function") checkDecoder("zip", inner);
  const own = decoderOptions("zip", options, {
    ...ARCHIVE_OPTION_KINDS,
    members: "function",
    csv: "object",
    identify: "function",
    contentType: "string",
  });
  checkArchiveOptions("zip", own);
  const only = typeof inner === "function" ? undefined : inner;
  const { csv = only?.csv, identify = only?.identify, contentType = "application/zip" } = own;
  return {
    kind: "artifact",
    format: "zip",
    contentType,
    ...(csv && { csv }),
    ...(identify && { identify }),
    proves(state) {
      const { proof, inner: inside, fileName } = state;
      if (inside === undefined) return only?.proves?.(state) ?? false;
      if (!isArchiveProof(proof)) return false;
      const decoder = only ?? (inner as (name: string) => RecordDecoder<R> | undefined)(String(fileName));
      return proof.bytes !== undefined || decoder?.proves?.(inside as typeof state) === true;
    },
    async *decode(artifact, decodeOptions) {
      // Loaded with the first download: starting and watching exports need none of it.
      const { decodeZip } = await loadPart(import("./decode-zip.js"));
      yield* decodeZip(artifact, inner, own, decodeOptions);
    },
  };
}
