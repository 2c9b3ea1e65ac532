// Makes src/exact/number-scan-code.ts: the WebAssembly that finds, 64 bytes at a time, where in a piece of JSON a number may
// stand that a double does not hold, and where its lines end. `node scripts/number-scan.js` writes it; test/exact/number-scan.test.ts makes it again,
// and compares.
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import wabt from "wabt";

/** Where the piece stands in the memory: what is before and behind it is zero. */
const PIECE = 64;
const LONGEST = 36 * 1024;
/** Where the ends of lines are written, of four bytes each: there is room for as many as a piece has bytes. */
const ENDS = PIECE + LONGEST + 64;
/** Where the finds are written, of two bytes each. A find lies three bytes behind the last, or more. */
const FINDS = ENDS + 4 * (LONGEST + 1);

const SIXTEENS = [0, 16, 32, 48];

/** The module in WebAssembly's text format. */
const text = `(module
  (memory (export "memory") 4)
  ;; How many lines end; how many brackets and braces open, also in strings, and in which line the most: a few too many where lines
  ;; meet in 64 bytes.
  (global $lines (export "lines") (mut i32) (i32.const 0))
  (global $opens (export "opens") (mut i32) (i32.const 0))
  (global $most (export "most") (mut i32) (i32.const 0))

  ;; Looks at so many bytes. Writes for each line its end, as 16 bits in the text's UTF-16 and 16 in the bytes; and for each find, as
  ;; 16 bits, twice the number of lines that end before it, and one more where it is an exponent or a -0. Returns how many finds.
  (func (export "scan") (param $length i32) (result i32)
    (local $at i32) (local $until i32) (local $found i32) (local $lines i32)
    ;; How many bytes more than units of UTF-16 stand before.
    (local $extra i32)
    ;; 64 bytes, and then with the bit of its case, that makes an e of an E and a brace of a bracket.
    ${[..."abcdABCD"].map((name) => `(local $${name} v128)`).join(" ")}
    ;; A bit for each of them: a digit, point or slash; the end of 2, 4, 8, 16 of them in a row; an e; a dash; a line feed.
    (local $digit i64) (local $two i64) (local $four i64) (local $eight i64) (local $sixteen i64) (local $e i64) (local $dash i64)
    (local $feeds i64)
    ;; How many digits the 64 before end with.
    (local $last i64)
    (local $digit0 i64) (local $two0 i64) (local $four0 i64) (local $eight0 i64)
    (local $finds i64) (local $find i64) (local $behind i32) (local $limit i32) (local $byte i32) (local $isZero i32)
    (local $inner i64) (local $astral i64)
    ;; What opens in the 64, and since the line began.
    (local $open v128) (local $all v128) (local $sum v128)
    ;; What bytes are compared with, out of the loop.
    (local $toEnd v128) (local $below v128) (local $case v128) (local $letter v128) (local $brace v128) (local $minus v128)
    (local $feed v128)
    (local.set $toEnd ${splat(0x7f - 0x39)}) (local.set $below ${splat(0x7f - 12)}) (local.set $case ${splat(0x20)})
    (local.set $letter ${splat("e".charCodeAt(0))}) (local.set $brace ${splat("{".charCodeAt(0))})
    (local.set $minus ${splat("-".charCodeAt(0))}) (local.set $feed ${splat(0x0a)})
    (global.set $opens (i32.const 0)) (global.set $most (i32.const 0))
    ${SIXTEENS.map((offset) => `(v128.store offset=${PIECE + offset} (local.get $length) (local.get $all))`).join(" ")}
    (local.set $at (i32.const ${PIECE}))
    (local.set $until (i32.add (local.get $length) (i32.const ${PIECE})))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $until)))
      ${[..."abcd"].map((name, at) => `(local.set $${name} ${bytesAt(16 * at)})`).join(" ")}
      ${[..."abcd"].map((name) => `(local.set $${name.toUpperCase()} (v128.or (local.get $${name}) (local.get $case)))`).join(" ")}
      (local.set $digit ${bitsOf(isDigit)})
      (local.set $e ${bitsOf((bytes) => `(i8x16.eq ${bytes} (local.get $letter))`, "ABCD")})
      (local.set $dash ${bitsOf((bytes) => `(i8x16.eq ${bytes} (local.get $minus))`)})
      (local.set $open (i16x8.extadd_pairwise_i8x16_s ${sumOf("i8x16.add", (bytes) => `(i8x16.eq ${bytes} (local.get $brace))`, "ABCD")}))
      (local.set $all (i16x8.sub (local.get $all) (local.get $open)))

      ;; Sixteen digits in a row, of these 64 or with the last; an e with a digit before it and some behind; a dash with one behind it
      ;; alone. What is out of sight may be one. Dates, times and short numbers are none of these.
      (local.set $two (i64.and (local.get $digit) ${shl("digit", 1)}))
      (local.set $four (i64.and (local.get $two) ${shl("two", 2)}))
      (local.set $eight (i64.and (local.get $four) ${shl("four", 4)}))
      (local.set $e (i64.and (i64.and (local.get $e) (i64.or ${shl("digit", 1)} (i64.const 1)))
        (i64.and ${behind("digit", 2)} ${behind("digit", 3)})))
      (local.set $dash (i64.and (i64.and (local.get $dash) ${behind("digit", 1)}) (i64.xor ${shl("digit", 1)} (i64.const -1))))
      (if (i64.ne (i64.const 0) (i64.or
          (i64.or (i64.and (local.get $eight) ${shl("eight", 8)}) (i64.or (local.get $e) (local.get $dash)))
          (i64.extend_i32_u (i64.gt_u
            (i64.add (local.get $last) (i64.ctz (i64.xor (local.get $digit) (i64.const -1)))) (i64.const 15)))))
        (then
        (local.set $digit0 ${bitsOf((_, offset) => isDigit(`(v128.load offset=${offset} (i32.sub (local.get $at) (i32.const 64)))`))})
        (local.set $two0 (i64.and (local.get $digit0) ${shl("digit0", 1)}))
        (local.set $four0 (i64.and (local.get $two0) ${shl("two0", 2)}))
        (local.set $eight0 (i64.and (local.get $four0) ${shl("four0", 4)}))
        ${inARow("two", "digit", 1)}${inARow("four", "two", 2)}${inARow("eight", "four", 4)}${inARow("sixteen", "eight", 8)}
        ;; Three digits behind the e or its sign; a zero behind the dash.
        (local.set $e (i64.and (local.get $e) (i64.or ${behind("digit", 1)} ${behind("digit", 4)})))
        (local.set $dash (i64.and (local.get $dash) ${bitsOf((_, offset) => isMinusZero(offset))}))
        (if (i64.ne (i64.const 0)
            ;; Of a longer run one end is enough.
            (local.tee $finds (i64.or (i64.or (local.get $e) (local.get $dash))
              (i64.and (local.get $sixteen) (i64.xor ${shl("sixteen", 1)} (i64.const -1))))))
          (then
          (local.set $feeds ${feeds()})
          (loop $more
          ;; The lowest bit, and then the next.
          (local.set $find (i64.and (local.get $finds) (i64.sub (i64.const 0) (local.get $finds))))
          (local.set $finds (i64.xor (local.get $finds) (local.get $find)))
          ;; Behind a number stands a comma, a bracket or a space: most of what looks like one is in a string. A zero has no other
          ;; digits before that or an exponent. Not looked for without an end, since there may be very many.
          (local.set $isZero (i64.ne (i64.and (local.get $dash) (local.get $find)) (i64.const 0)))
          (local.set $behind (i32.add (local.get $at) (i32.wrap_i64 (i64.ctz (local.get $find)))))
          (local.set $limit (i32.add (local.get $behind) (i32.const 64)))
          (if (i32.gt_u (local.get $limit) (local.get $until)) (then (local.set $limit (local.get $until))))
          (loop $passed
            (local.set $behind (i32.add (local.get $behind) (i32.const 1)))
            (local.set $byte (i32.load8_u (local.get $behind)))
            (br_if $passed (i32.and (i32.lt_u (local.get $behind) (local.get $limit)) (i32.or
              (i32.lt_u (i32.sub (local.get $byte) (i32.const 0x2d)) (select (i32.const 4) (i32.const 13) (local.get $isZero)))
              (i32.and (i32.eqz (local.get $isZero)) (i32.or ${isByte("+")} ${isExponent()}))))))
          (if (i32.or (i32.and (local.get $isZero) ${isExponent()}) (i32.or
              (i32.or (i32.ge_u (local.get $behind) (local.get $limit)) (i32.le_u (local.get $byte) (i32.const 0x20)))
              (i32.or ${isByte(",")} (i32.or ${isByte("]")} ${isByte("}")}))))
            (then
              (i32.store16 offset=${FINDS} (i32.shl (local.get $found) (i32.const 1))
                (i32.or
                  (i32.shl (i32.add (local.get $lines) (i32.wrap_i64 (i64.popcnt
                    (i64.and (local.get $feeds) (i64.sub (local.get $find) (i64.const 1)))))) (i32.const 1))
                  (i64.ne (i64.and (i64.or (local.get $e) (local.get $dash)) (local.get $find)) (i64.const 0))))
              (local.set $found (i32.add (local.get $found) (i32.const 1)))))
          (br_if $more (i64.ne (local.get $finds) (i64.const 0))))))))

      (local.set $last (i64.clz (i64.xor (local.get $digit) (i64.const -1))))

      ;; Where a line ends, or a character has more than one byte.
      (if (i8x16.bitmask (v128.or
          ${sumOf("v128.or", (bytes) => bytes)} ${sumOf("v128.or", (bytes) => `(i8x16.eq ${bytes} (local.get $feed))`)}))
        (then
          ;; A character of four bytes is two units, any other one.
          (local.set $inner ${bitsOf((bytes) => `(i8x16.lt_s ${bytes} ${splat(0xc0)})`)})
          (local.set $astral ${bitsOf((bytes) => `(i8x16.ge_u ${bytes} ${splat(0xf0)})`)})
          (local.set $feeds ${feeds()})
          (block $none
            (br_if $none (i64.eqz (local.get $feeds)))
            (loop $more
              (local.set $find (i64.sub (i64.and (local.get $feeds) (i64.sub (i64.const 0) (local.get $feeds))) (i64.const 1)))
              (local.set $behind (i32.add (i32.sub (local.get $at) (i32.const ${PIECE})) (i32.wrap_i64 (i64.popcnt (local.get $find)))))
              (i32.store offset=${ENDS} (i32.shl (local.get $lines) (i32.const 2)) (i32.or
                (i32.shl (local.get $behind) (i32.const 16))
                (i32.sub (i32.sub (local.get $behind) (local.get $extra)) ${extraIn("(local.get $find)")})))
              (local.set $lines (i32.add (local.get $lines) (i32.const 1)))
              (local.set $feeds (i64.and (local.get $feeds) (i64.sub (local.get $feeds) (i64.const 1))))
              (br_if $more (i64.ne (local.get $feeds) (i64.const 0))))
            ${countOpens()}
            (local.set $all (i16x8.neg (local.get $open))))
          (local.set $extra (i32.add (local.get $extra) ${extraIn("(i64.const -1)")}))))
      (local.set $at (i32.add (local.get $at) (i32.const 64)))
      (br $next)))
    ${countOpens()}
    (global.set $lines (local.get $lines))
    (local.get $found)))`;

function isByte(character) {
  return `(i32.eq (local.get $byte) (i32.const ${character.charCodeAt(0)}))`;
}

function isExponent() {
  return `(i32.eq (i32.or (local.get $byte) (i32.const 0x20)) (i32.const ${"e".charCodeAt(0)}))`;
}

function splat(byte) {
  return `(i8x16.splat (i32.const ${byte}))`;
}

function bytesAt(offset) {
  return `(v128.load offset=${offset} (local.get $at))`;
}

/** A bit for each of 64 bytes. */
function bitsOf(test, names = "abcd") {
  const [first, ...others] = [...names].map(
    (name, index) => `(i64.extend_i32_u (i8x16.bitmask ${test(`(local.get $${name})`, 16 * index)}))`,
  );
  return others.reduce(
    (all, sixteen, index) => `(i64.or ${all} (i64.shl ${sixteen} (i64.const ${16 * (index + 1)})))`,
    first,
  );
}

function sumOf(add, test, names = "abcd") {
  const [a, b, c, d] = [...names].map((name) => test(`(local.get $${name})`));
  return `(${add} (${add} ${a} ${b}) (${add} ${c} ${d}))`;
}

/** Of the bytes from the point to the nine, which end the signed ones once they are moved there. */
function isDigit(bytes) {
  return `(i8x16.gt_s (i8x16.add ${bytes} (local.get $toEnd)) (local.get $below))`;
}

function feeds() {
  return bitsOf((bytes) => `(i8x16.eq ${bytes} (local.get $feed))`);
}

function is(character, offset) {
  return `(i8x16.eq ${bytesAt(offset)} ${splat(character.charCodeAt(0))})`;
}

/** Whether a dash has a space, a comma, a colon or a bracket before it, and a zero behind that begins no fraction like 0.5. */
function isMinusZero(offset) {
  const before = `(v128.load offset=${offset} (i32.sub (local.get $at) (i32.const 1)))`;
  const ahead = `(v128.or (i8x16.le_u ${before} (local.get $minus)) (v128.or
    (i8x16.eq ${before} ${splat(":".charCodeAt(0))})
    (i8x16.eq (v128.or ${before} (local.get $case)) (local.get $brace))))`;
  return `(v128.and (v128.and ${ahead} ${is("0", offset + 1)}) (v128.or (v128.not ${is(".", offset + 2)}) ${is("0", offset + 3)}))`;
}

function shl(bits, by) {
  return `(i64.shl (local.get $${bits}) (i64.const ${by}))`;
}

function inARow(all, half, length) {
  return `
        (local.set $${all} (i64.and (local.get $${half}) (i64.or ${shl(half, length)}
          (i64.shr_u (local.get $${half}0) (i64.const ${64 - length})))))`;
}

/** Of each byte the bit of the one so many behind it: set where that is out of sight. */
function behind(bits, by) {
  return `(i64.or (i64.shr_u (local.get $${bits}) (i64.const ${by})) (i64.shl (i64.const -1) (i64.const ${64 - by})))`;
}

/** How many bytes more than units stand in some of the 64 bytes. */
function extraIn(mask) {
  const count = (bits) => `(i64.popcnt (i64.and (local.get $${bits}) ${mask}))`;
  return `(i32.wrap_i64 (i64.sub ${count("inner")} ${count("astral")}))`;
}

/** A line is over, or the piece. */
function countOpens() {
  const lane = (index) => `(i32x4.extract_lane ${index} (local.get $sum))`;
  return `(local.set $sum (i32x4.extadd_pairwise_i16x8_u (local.get $all)))
            (local.set $behind (i32.add (i32.add ${lane(0)} ${lane(1)}) (i32.add ${lane(2)} ${lane(3)})))
            (global.set $opens (i32.add (global.get $opens) (local.get $behind)))
            (if (i32.gt_u (local.get $behind) (global.get $most)) (then (global.set $most (local.get $behind))))`;
}

/** The text of the file. */
export async function numberScanCode() {
  const module = (await wabt()).parseWat("number-scan.wat", text, { simd: true });
  module.validate();
  const { buffer } = module.toBinary({});
  return `// Made by scripts/number-scan.js, where its source stands.

/** Where in the module's memory the piece stands, where the ends of its lines are written, and where the finds. */
export const PIECE = ${PIECE};
export const ENDS = ${ENDS};
export const FINDS = ${FINDS};
/** How long a piece may be. */
export const LONGEST = ${LONGEST};

export const CODE =
  "${Buffer.from(buffer).toString("base64")}";
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(new URL("../src/exact/number-scan-code.ts", import.meta.url), await numberScanCode());
}
