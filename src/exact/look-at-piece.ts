import { byteScan } from "./byte-scan.js";
import { MOST_LEVELS } from "./levels.js";
import { CODE, ENDS, FINDS, LONGEST, PIECE } from "./number-scan-code.js";

/** A number may stand there that is too long for a double. */
export const LONG = 1;
/** A number may stand there that only an exponent makes so large or small, or a `-0`. */
export const WIDE = 2;

/** What the bytes of a piece of JSON show before it is parsed. */
export interface PieceSeen {
  /** The lines in which a number may stand that a double does not hold, from 0: `LONG`, `WIDE` or both. */
  readonly finds: ReadonlyMap<number, number>;
  /** Where each line ends: in the text's units of UTF-16, and in the bytes. */
  readonly ends: Uint16Array;
  /** How many brackets and braces open, at most, also in strings: in all, and in one line. */
  readonly opens: number;
  readonly opensInLine: number;
}

interface Scan {
  readonly scan: (length: number) => number;
  readonly lines: WebAssembly.Global<"i32">;
  readonly opens: WebAssembly.Global<"i32">;
  readonly most: WebAssembly.Global<"i32">;
  readonly bytes: Uint8Array;
  readonly ends: Uint16Array;
  readonly finds: Uint16Array;
}

const NOTHING: ReadonlyMap<number, number> = new Map();

const scanOf = byteScan<Scan>(CODE, (memory) => ({
  bytes: new Uint8Array(memory, PIECE),
  ends: new Uint16Array(memory, ENDS),
  finds: new Uint16Array(memory, FINDS),
}));

/**
 * Looks at the bytes of a piece of JSON before it is parsed, which takes less time than a look at its values.
 *
 * @returns `undefined` where the runtime makes no WebAssembly of bytes (Cloudflare Workers, strict content security
 * policies), and for a piece that is too large
 */
export function lookAtPiece(piece: Uint8Array): PieceSeen | undefined {
  const scan = scanOf();
  if (!scan || piece.length > LONGEST) return undefined;
  scan.bytes.set(piece);
  const count = scan.scan(piece.length);
  return {
    finds: count === 0 ? NOTHING : findsByLine(scan.finds.subarray(0, count)),
    ends: scan.ends.slice(0, 2 * scan.lines.value),
    opens: scan.opens.value,
    opensInLine: scan.most.value,
  };
}

/**
 * What may stand in a text of such a piece; `undefined` where its values have to be looked at.
 *
 * @param line - which line of the piece it is, where it is one
 */
export function findsIn(seen: PieceSeen | undefined, text: string, line?: number): number | undefined {
  if (!seen) return undefined;
  const opens = line === undefined ? seen.opens : seen.opensInLine;
  // Each level takes two characters at least.
  if (opens > MOST_LEVELS && text.length > 2 * MOST_LEVELS) return undefined;
  if (seen.finds.size === 0) return 0;
  return line === undefined ? undefined : (seen.finds.get(line) ?? 0);
}

function findsByLine(finds: Uint16Array): ReadonlyMap<number, number> {
  const byLine = new Map<number, number>();
  for (const find of finds) {
    const line = find >> 1;
    byLine.set(line, (byLine.get(line) ?? 0) | (find & 1 ? WIDE : LONG));
  }
  return byLine;
}
