import { loadPart } from "../model/load-part.js";
import type { ContentCheck } from "./content-check.js";
import type { FileBody } from "./file-body.js";
import { type FileHeaders, headerOf, isStoredAsServed } from "./file-headers.js";
import type { FileInUse, ReadAs } from "./file-in-use.js";
import { locatedFile } from "./locate-file.js";

/** The end of a body that the runtime has unpacked. */
interface UnpackedEnd {
  readonly contentType: string | undefined;
  /** Whether the provider says that the last line has an end. */
  readonly endsLines: boolean | undefined;
  readonly firstByte: number;
  readonly lastByte: number;
}

const LF = 0x0a;
// The first byte of gzip: the file was compressed once more, and its inner end is told by itself.
const GZIP = 0x1f;

/**
 * Whether a file is whole that came compressed and without a length. A runtime unpacks such a body by itself, some of them
 * without a word where it breaks off: what is left is what the format tells. Archives and JSON show their own end to
 * whoever decodes them, lines end in a line end; a cut at the end of a line looks like any other end.
 */
function judgeUnpackedEnd(end: UnpackedEnd, readAs: ReadAs | undefined): "whole" | "cut" | "unproven" {
  const [format = "", wrapper] = readAs?.format.split(".") ?? [];
  const isPacked = wrapper === "gz" && end.firstByte === GZIP;
  if (readAs?.decoded && (isPacked || /^(?:zip|xlsx|json)$/.test(format))) return "whole";
  const endsLines =
    end.endsLines ||
    format === "ndjson" ||
    /^application\/(x-)?(ndjson|jsonl|json-lines)\b/i.test(end.contentType ?? "");
  return endsLines && !isPacked && end.lastByte !== LF ? "cut" : "unproven";
}

/** Judges, at the end of a file that was read from its beginning, whether what came is all of it. */
export class FileEnd {
  readonly #file: FileInUse;
  #check: ContentCheck | undefined;
  #firstByte: number | undefined;
  #lastByte: number | undefined;

  constructor(file: FileInUse) {
    this.#file = file;
  }

  /** The file is read from its beginning, by this answer first. */
  async begin(body: FileBody): Promise<void> {
    this.#check = await announcedContent(body);
    this.#firstByte = undefined;
  }

  /** @param end - the offset behind the chunk */
  pass(chunk: Uint8Array, end: number): void {
    this.#check?.update(chunk);
    if (end === chunk.byteLength) this.#firstByte = chunk[0];
    this.#lastByte = chunk.at(-1);
  }

  /**
   * What is wrong with the file, in words that follow "the file".
   *
   * @param endsUnseen - the runtime has unpacked it, and nothing tells where it ends
   */
  damage(endsUnseen: boolean, contentType: string | undefined): string | undefined {
    const found = this.#check?.finish();
    if (found !== undefined || !endsUnseen) return found;
    const [firstByte, lastByte] = [this.#firstByte, this.#lastByte];
    if (firstByte === undefined || lastByte === undefined) return undefined;
    const { connection, job, readAs } = this.#file;
    const { endsLines } = locatedFile(this.#file) ?? {};
    const verdict = judgeUnpackedEnd({ contentType, endsLines, firstByte, lastByte }, readAs);
    if (verdict === "cut")
      return "came compressed and without a length, and ends within a line: it may be cut short";
    // Said once.
    if (verdict === "whole" || readAs?.isUnproven) return undefined;
    if (readAs) readAs.isUnproven = true;
    connection.observe({
      type: "warning",
      jobId: job.id,
      message: `the file of job ${job.id} came compressed and without a length: that it is whole was not proven`,
    });
    return undefined;
  }
}

/**
 * The check of a file that is read from its beginning, by what the first answer announces. Loaded only where there is
 * something to check.
 */
async function announcedContent({ headers, whole, by }: FileBody): Promise<ContentCheck | undefined> {
  const announced = announcedDigests(headers, whole);
  if (announced.length === 0) return undefined;
  const { createContentCheck } = await loadPart(import("./content-check.js"));
  return createContentCheck(announced, by);
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
 * The headers that tell checksums of the file, by name; what is decompressed on the way is not what the store speaks of.
 *
 * @param whole - whether the body is the whole file
 */
function announcedDigests({ all, coding }: FileHeaders, whole: boolean): [string, string][] {
  if (coding) return [];
  return (whole ? [...OF_BODY, ...OF_FILE] : OF_FILE).flatMap((name) => {
    const value = name === "x-goog-hash" && !isStoredAsServed(all) ? undefined : headerOf(all, name);
    return value === undefined ? [] : [[name, value]];
  });
}
