import { ExportError } from "../../model/errors.js";
import { archiveError } from "./archive-error.js";
import type { ByteSource } from "./byte-source.js";
import { bytesBehind, END_SIGNATURE, END_SIZE, type EndRecord, readEndRecord, viewOf } from "./end-record.js";

/** The end record with the longest comment is shorter; what is more often brings the whole directory along. */
export const tailSize = 128 * 1024;
/** How many places that look like an end record are tried where bytes follow it. */
const MOST_TRIES = 8;
/** Further ahead they are looked for in pieces of so many bytes, each twice as long as the one before: few requests. */
const FIRST_WINDOW = 256 * 1024;
const LARGEST_WINDOW = 4 * 1024 * 1024;
/** Of the signature of an end record. */
const FIRST_BYTE = 0x50;

/**
 * Finds the end record of an archive: the one whose comment ends exactly where the file does. Where there is none, bytes
 * may follow it: then all that look like one. A comment may hold records, too: of several, the last first, the directory
 * has to prove one.
 *
 * @throws ExportError `DECODE_FAILED`, `NOT_SUPPORTED` where the only record cannot be read
 */
export async function findEndRecords(source: ByteSource, label: string): Promise<readonly EndRecord[]> {
  const tailStart = Math.max(0, source.size - tailSize);
  const bytes = await source.read(tailStart, source.size);
  const tail = viewOf(bytes);
  const exact: number[] = [];
  const loose: number[] = [];
  for (let at = tail.byteLength - END_SIZE; at >= 0; at--) {
    if (!isEndRecord(bytes, tail, at)) continue;
    const places = bytesBehind(source, tail, tailStart, at) === 0 ? exact : loose;
    if (places.length < MOST_TRIES) places.push(at);
  }
  const found: EndRecord[] = [];
  let refused: ExportError | undefined;
  for (const at of exact.length > 0 ? exact : loose) {
    try {
      found.push(await readEndRecord(source, tail, tailStart, at, label));
    } catch (error) {
      if (!isOfDecoding(error)) throw error;
      if (exact.length > 0) refused ??= error;
    }
  }
  if (found.length === 0 && refused) throw refused;
  return found;
}

/**
 * Where the last bytes of an archive hold no end record that fits: those ahead of them that look like one, the last first.
 * What is in memory is looked through as a whole.
 *
 * @param most - how many bytes are asked of a store for that
 */
export async function* findEarlierEndRecords(
  source: ByteSource,
  label: string,
  most: number,
): AsyncGenerator<EndRecord, void, undefined> {
  const first = source.size - reachOf(source, most);
  let tries = 0;
  let end = source.size - tailSize;
  for (let length = FIRST_WINDOW; end > first; length = Math.min(2 * length, LARGEST_WINDOW)) {
    const start = Math.max(first, end - length);
    // A record that begins here may end behind it.
    const bytes = await source.read(start, Math.min(source.size, end + END_SIZE - 1));
    const view = viewOf(bytes);
    for (let at = Math.min(end - start, bytes.length - END_SIZE + 1) - 1; at >= 0; at--) {
      if (!isEndRecord(bytes, view, at)) continue;
      if (tries++ === MOST_TRIES) return;
      try {
        yield await readEndRecord(source, view, start, at, label);
      } catch (error) {
        if (!isOfDecoding(error)) throw error;
      }
    }
    end = start;
  }
}

/** By its first byte at first, which costs a tenth of the whole signature. */
function isEndRecord(bytes: Uint8Array, view: DataView, at: number): boolean {
  return bytes[at] === FIRST_BYTE && view.getUint32(at, true) === END_SIGNATURE;
}

function isOfDecoding(error: unknown): error is ExportError {
  return ExportError.isInstance(error) && error.operation === "decode";
}

function reachOf(source: ByteSource, most: number): number {
  return source.holds(0, source.size) ? source.size : Math.min(source.size, Math.max(most, tailSize));
}

/**
 * Why an archive has no end record.
 *
 * @param isBuried - an archive stands among other bytes
 */
export async function noEndRecord(
  source: ByteSource,
  label: string,
  most: number,
  isBuried: boolean,
): Promise<ExportError> {
  const head = viewOf(await source.read(0, Math.min(8, source.size)));
  const first = head.byteLength >= 4 ? head.getUint32(0) : 0;
  if (first === 0xd0cf11e0) {
    return archiveError(
      "NOT_SUPPORTED",
      `${label} is an OLE file: a workbook protected by a password, or one of the old binary format.`,
    );
  }
  if (first === 0x504b0304) {
    return archiveError(
      "INTEGRITY",
      `${label} begins as a ZIP, and its last ${reachOf(source, most)} bytes hold no end record that fits: it is cut ` +
        "short, or other bytes follow behind its end. Download it again.",
    );
  }
  const more = isBuried ? ", but holds one with other bytes both before it and behind its end" : "";
  return archiveError("DECODE_FAILED", `${label} is not a ZIP archive${more}.`);
}
