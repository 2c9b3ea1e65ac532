// Makes src/records/row-scan-code.ts: the WebAssembly that finds, 64 bytes at a time, where cells and rows end in a piece of CSV, and
// writes the piece again without its quotes. `node scripts/row-scan.js` writes it; test/records/row-scan.test.ts makes it again, and
// compares.
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import wabt from "wabt";

/** The piece stands at the beginning of the memory; behind it is zero. */
const LONGEST = 0xffff;
const ROOM = LONGEST + 65;
/** Where it is written again. */
const WRITTEN = ROOM;
/** Where the ends of cells are written, of two bytes each: there is room for as many as a piece has bytes. */
const ENDS = WRITTEN + ROOM;
/** Where the ends of rows are written, of eight bytes each. */
const ROWS = ENDS + 2 * ROOM;
const PAGES = Math.ceil((ROWS + 8 * ROOM) / 65_536);

const SIXTEENS = [0, 16, 32, 48];

const get = (name) => `(local.get $${name})`;
const set = (name, value) => `(local.set $${name} ${value})`;
const and = (left, right) => `(i64.and ${left} ${right})`;
const or = (left, right) => `(i64.or ${left} ${right})`;
const andNot = (left, right) => and(left, `(i64.xor ${right} (i64.const -1))`);
const shl = (name, by) => `(i64.shl ${get(name)} (i64.const ${by}))`;
const last = (name) => `(i64.shr_u ${get(name)} (i64.const 63))`;
const lowest = (name) => and(get(name), `(i64.sub (i64.const 0) ${get(name)})`);
const withoutLowest = (name) => and(get(name), `(i64.sub ${get(name)} (i64.const 1))`);
const isAny = (name) => `(i64.ne ${get(name)} (i64.const 0))`;
const count = (bits) => `(i32.wrap_i64 (i64.popcnt ${bits}))`;
const add = (name, value) => set(name, `(i32.add ${get(name)} ${value})`);
const find = (character) => findMasked(-1, character.charCodeAt(0));
const findMasked = (mask, byte) => `(call $find ${get("at")} (i32.const ${mask}) (i32.const ${byte}))`;
/** How many bytes more than units of UTF-16 the piece has among some of the 64, in comparison with what is written. */
const lessIn = (bits) =>
  `(i32.sub ${count(and(or(get("out"), get("inner")), bits))} ${count(and(get("astral"), bits))})`;

/** The module in WebAssembly's text format. */
const text = `(module
  (memory (export "memory") ${PAGES})
  ;; How many rows end.
  (global $rows (export "rows") (mut i32) (i32.const 0))
  ;; Whether a quote stood where none may.
  (global $isOdd (export "isOdd") (mut i32) (i32.const 0))

  ;; A bit for each of the 64 bytes from a place on that, under a mask, equals a certain one.
  (func $find (param $at i32) (param $mask i32) (param $byte i32) (result i64)
    (local $seen v128) (local $sought v128)
    ${set("seen", `(i8x16.splat ${get("mask")})`)} ${set("sought", `(i8x16.splat ${get("byte")})`)}
    ${SIXTEENS.map((offset) => {
      const bits = `(i8x16.bitmask (i8x16.eq ${get("sought")} (v128.and ${get("seen")} (v128.load offset=${offset} ${get("at")}))))`;
      return `(i64.shl (i64.extend_i32_u ${bits}) (i64.const ${offset}))`;
    }).reduce(or)})

  ;; Looks at so many bytes, of which the first begins a row. Writes them again without the quotes that belong to no cell, and without
  ;; the CR of CRLF; for each cell its end in that text, in units of UTF-16; for each row, of 16 bits each, how many cells end up to
  ;; there, where it ends in the bytes, and how many lines do. Stops at a quote where none may stand. Returns how many bytes it wrote
  ;; up to the end of the last row.
  (func (export "scan") (param $length i32) (param $delimiter i32) (result i32)
    ${["at", "from", "to", "end", "cells", "rows", "lines", "less", "whole"].map((name) => `(local $${name} i32)`).join(" ")}
    ;; A bit for each of 64 bytes: quotes and line feeds; what is in quotes, the opening one too; quotes that open and close; what is
    ;; behind one that closes; ends of cells; the CR of CRLF; what is left out; bytes that begin no unit of UTF-16, or two.
    ${["quote", "feed", "inside", "open", "close", "behind", "ends", "cr", "out", "inner", "astral"].map((name) => `(local $${name} i64)`).join(" ")}
    ;; Whether the 64 before ended in quotes, with a quote that closes, with the end of a cell.
    (local $wasInside i64) (local $closed i64) (local $ended i64)
    (local $odd i64) (local $bit i64) (local $below i64)
    ${set("ended", "(i64.const 1)")} (global.set $isOdd (i32.const 0))
    ${SIXTEENS.map((offset) => `(v128.store offset=${offset} ${get("length")} (v128.const i64x2 0 0))`).join(" ")}
    (loop $next
      ${set("quote", find('"'))} ${set("feed", find("\n"))}
      ;; An odd number of quotes stands up to there.
      ${set("inside", get("quote"))}
      ${[1, 2, 4, 8, 16, 32].map((by) => set("inside", `(i64.xor ${get("inside")} ${shl("inside", by)})`)).join(" ")}
      ${set("inside", `(i64.xor ${get("inside")} ${get("wasInside")})`)}
      ${set("wasInside", `(i64.shr_s ${get("inside")} (i64.const 63))`)}
      ${set("open", and(get("quote"), get("inside")))} ${set("close", `(i64.xor ${get("quote")} ${get("open")})`)}
      ${set("behind", or(shl("close", 1), get("closed")))} ${set("closed", last("close"))}
      ${set("ends", andNot(or(get("feed"), `(call $find ${get("at")} (i32.const -1) ${get("delimiter")})`), get("inside")))}
      ${set("cr", andNot(find("\r"), get("inside")))}
      (if ${isAny("cr")} (then ${set("cr", and(get("cr"), `(call $find (i32.add ${get("at")} (i32.const 1)) (i32.const -1) (i32.const 10))`))}))
      ;; Behind a quote that closes the cell ends, or a second one follows; before one that opens a cell ended, or it is the second.
      ${set(
        "odd",
        or(
          andNot(get("behind"), or(or(get("ends"), get("quote")), get("cr"))),
          andNot(get("open"), or(get("behind"), or(shl("ends", 1), get("ended")))),
        ),
      )}
      ${set("ended", last("ends"))}
      (if ${isAny("odd")} (then
        ${set("ends", and(get("ends"), `(i64.sub ${lowest("odd")} (i64.const 1))`))}
        ;; What stands behind a last quote is not known yet.
        (global.set $isOdd (i32.lt_u (i32.add ${get("at")} (i32.wrap_i64 (i64.ctz ${get("odd")}))) ${get("length")}))
        ${set("length", "(i32.const 0)")}))
      ${set("out", or(andNot(get("quote"), and(get("open"), get("behind"))), get("cr")))}
      ${set("astral", "(i64.const 0)")} ${set("inner", findMasked(0x80, 0x80))}
      (if ${isAny("inner")} (then ${set("inner", findMasked(0xc0, 0x80))} ${set("astral", findMasked(0xf0, 0xf0))}))

      (block $none
        (br_if $none (i64.eqz ${get("ends")}))
        (loop $more
          ${set("bit", lowest("ends"))} ${set("below", `(i64.sub ${get("bit")} (i64.const 1))`)}
          ${set("end", `(i32.add ${get("at")} ${count(get("below"))})`)}
          (i32.store16 offset=${ENDS} (i32.shl ${get("cells")} (i32.const 1))
            (i32.sub (i32.sub ${get("end")} ${get("less")}) ${lessIn(get("below"))}))
          ${add("cells", "(i32.const 1)")}
          (if (i64.ne ${and(get("feed"), get("bit"))} (i64.const 0)) (then
            (i32.store offset=${ROWS} (i32.shl ${get("rows")} (i32.const 3))
              (i32.or ${get("cells")} (i32.shl (i32.add ${get("end")} (i32.const 1)) (i32.const 16))))
            (i32.store16 offset=${ROWS + 4} (i32.shl ${get("rows")} (i32.const 3))
              (i32.add ${get("lines")} ${count(and(get("feed"), or(get("below"), get("bit"))))}))
            ${add("rows", "(i32.const 1)")}
            ${set("whole", `(i32.sub (i32.add ${get("to")} (i32.sub (i32.add ${get("end")} (i32.const 1)) ${get("at")})) ${count(and(get("out"), get("below")))})`)}))
          ${set("ends", withoutLowest("ends"))}
          (br_if $more ${isAny("ends")})))
      ${add("less", lessIn("(i64.const -1)"))}
      ${add("lines", count(get("feed")))}

      ;; Up to each byte that is left out, and to the end: more is copied than that, and written over.
      ${set("from", get("at"))} ${add("at", "(i32.const 64)")}
      (loop $copy
        ${SIXTEENS.map((offset) => `(v128.store offset=${WRITTEN + offset} ${get("to")} (v128.load offset=${offset} ${get("from")}))`).join(" ")}
        (if ${isAny("out")} (then
          ${set("end", `(i32.add (i32.sub ${get("at")} (i32.const 64)) (i32.wrap_i64 (i64.ctz ${get("out")})))`)}
          ${add("to", `(i32.sub ${get("end")} ${get("from")})`)} ${set("from", `(i32.add ${get("end")} (i32.const 1))`)}
          ${set("out", withoutLowest("out"))}
          (br $copy))))
      ${add("to", `(i32.sub ${get("at")} ${get("from")})`)}
      (br_if $next (i32.lt_u ${get("at")} ${get("length")})))
    (global.set $rows ${get("rows")})
    ${get("whole")}))`;

/** The text of the file. */
export async function rowScanCode() {
  const module = (await wabt()).parseWat("row-scan.wat", text, { simd: true });
  module.validate();
  const { buffer } = module.toBinary({});
  return `// Made by scripts/row-scan.js, where its source stands.

/** Where in the module's memory the piece is written again, where the ends of its cells, and where those of its rows. */
export const WRITTEN = ${WRITTEN};
export const ENDS = ${ENDS};
export const ROWS = ${ROWS};
/** How long a piece may be. */
export const LONGEST = ${LONGEST};

export const CODE =
  "${Buffer.from(buffer).toString("base64")}";
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(new URL("../src/records/row-scan-code.ts", import.meta.url), await rowScanCode());
}
