import { leavesPacked } from "#once";

// What runtimes unpack. Anything else that stands in Content-Encoding (`aws-chunked` and `utf-8` are metadata that real
// buckets carry) changes no byte, so it is not a coding.
const GZIP: ReadonlySet<string> = new Set(["gzip", "x-gzip"]);
const OTHERS: ReadonlySet<string> = new Set(["deflate", "br", "zstd"]);

/** How a body is packed. */
export interface ContentCoding {
  /** How often it is packed by gzip, where by nothing else: then it shows whether the runtime has unpacked it. */
  readonly gzip: number;
  /**
   * Whether it cannot be told if the runtime has unpacked it: other words stand among codings other than gzip, or it is one
   * that leaves all of them packed.
   */
  readonly isUnclear: boolean;
  /** Whether there is one coding and nothing beside it, which most runtimes unpack. */
  readonly isPlain: boolean;
}

/** What a Content-Encoding says; `undefined` where nothing was packed. */
export function codingOf(value: string | null): ContentCoding | undefined {
  const words = (value ?? "").split(",").map((word) => word.trim().toLowerCase());
  const gzip = words.filter((word) => GZIP.has(word)).length;
  const others = words.filter((word) => OTHERS.has(word)).length;
  if (gzip + others === 0) return undefined;
  return {
    gzip: others > 0 ? 0 : gzip,
    isUnclear: others > 0 && (leavesPacked || gzip + others < words.length),
    isPlain: words.length === 1,
  };
}

/** Whether what Google's store says of the stored file holds for what is served: it decompresses on demand. */
export function isStoredAsServed(headers: Headers): boolean {
  return codingOf(headers.get("x-goog-stored-content-encoding")) === undefined;
}
