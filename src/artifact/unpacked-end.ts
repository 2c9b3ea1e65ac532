/** What the files of a job are read as. */
export interface ReadAs {
  /** The format of the decoder. */
  readonly format: string;
  /** Whether a decoder reads them, and not only their bytes are handed over. */
  decoded?: boolean;
  /** Whether it was said already that nothing proves them whole. */
  isUnproven?: boolean;
}

/** The end of a body that the runtime has unpacked. */
export interface UnpackedEnd {
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
export function judgeUnpackedEnd(end: UnpackedEnd, readAs: ReadAs | undefined): "whole" | "cut" | "unproven" {
  const [format = "", wrapper] = readAs?.format.split(".") ?? [];
  const isPacked = wrapper === "gz" && end.firstByte === GZIP;
  if (readAs?.decoded && (isPacked || /^(?:zip|xlsx|json)$/.test(format))) return "whole";
  const endsLines =
    end.endsLines ||
    format === "ndjson" ||
    /^application\/(x-)?(ndjson|jsonl|json-lines)\b/i.test(end.contentType ?? "");
  return endsLines && !isPacked && end.lastByte !== LF ? "cut" : "unproven";
}
