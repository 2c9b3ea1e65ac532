// Makes src/exact/number-scan-code.ts: the WebAssembly that finds, 64 bytes at a time, where in a piece of JSON a number may
// stand that a double does not hold. `node scripts/number-scan.js` writes it; test/exact/number-scan.test.ts makes it again,
// and compares.
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import wabt from "wabt";

/**
 * Where in the memory of 64 KiB the finds are written, of two bytes each; the piece stands before them. A find lies three bytes
 * behind the last, or more: there is room for those of 36 KiB.
 */
const FINDS = 40_960;
const LONGEST = 36 * 1024;

/** The module in WebAssembly's text format. */
const text = `(module
  (memory (export "memory") 1)
  ;; How many brackets and braces open, also in strings.
  (global $opens (export "opens") (mut i32) (i32.const 0))
  ;; Looks at the bytes up to $length, and at what stands there up to the next 64, which can only add finds. Writes for each find,
  ;; as 16 bits, twice the number of lines that end before it, and one more where it is an exponent or a -0.
  (func (export "scan") (param $length i32) (result i32)
    (local $at i32) (local $found i32) (local $bytes v128)
    ;; What sixteen bytes are compared with.
    (local $dot v128) (local $eleven v128) (local $case v128) (local $brace v128) (local $letter v128) (local $feed v128)
    ;; Counted for each of sixteen places, and then for each of four: what opens, lines that end.
    (local $open v128) (local $openAll v128) (local $end v128) (local $endAll v128)
    ;; A bit for each of 64 bytes: a digit or point, the end of 2, 4, 8, 16 of them in a row; an e; a line feed.
    (local $digit i64) (local $two i64) (local $four i64) (local $eight i64) (local $sixteen i64) (local $e i64) (local $feeds i64)
    ;; Those of the 64 before.
    (local $digit0 i64) (local $two0 i64) (local $four0 i64) (local $eight0 i64)
    (local $finds i64) (local $find i64) (local $lines i32) (local $behind i32) (local $until i32) (local $byte i32)
    ;; What opens, or stands before a number otherwise; before a -0; and before one that may be zero.
    (local $dash v128) (local $zero v128) (local $colon v128)
    (local $opens v128) (local $ahead v128) (local $maybe v128)
    (local.set $dot ${splat(".".charCodeAt(0))}) (local.set $eleven ${splat(11)}) (local.set $case ${splat(0x20)})
    (local.set $brace ${splat("{".charCodeAt(0))}) (local.set $letter ${splat("e".charCodeAt(0))}) (local.set $feed ${splat(0x0a)})
    (local.set $dash ${splat("-".charCodeAt(0))}) (local.set $zero ${splat("0".charCodeAt(0))})
    (local.set $colon ${splat(":".charCodeAt(0))})
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $length)))
      (local.set $open (v128.const i64x2 0 0)) (local.set $end (v128.const i64x2 0 0))
      (local.set $digit (i64.const 0)) (local.set $e (i64.const 0))
      ${[0, 16, 32, 48].map(sixteenBytes).join("")}
      ${inARow("two", "digit", 1)}${inARow("four", "two", 2)}${inARow("eight", "four", 4)}${inARow("sixteen", "eight", 8)}
      ;; An e with a digit before it, and three behind it or behind a sign. The next 64 bytes are not known yet.
      (local.set $e (i64.and (i64.and (local.get $e) ${before("digit", 1)})
        (i64.and (i64.and ${behind("digit", 2)} ${behind("digit", 3)}) (i64.or ${behind("digit", 1)} ${behind("digit", 4)}))))
      (if (v128.any_true (local.get $maybe)) (then
        (local.set $maybe (v128.const i64x2 0 0))${[0, 16, 32, 48].map(signedZero).join("")}))
      ;; Of a longer run one end is enough.
      (local.set $finds (i64.or (local.get $e)
        (i64.and (local.get $sixteen) (i64.xor (i64.shl (local.get $sixteen) (i64.const 1)) (i64.const -1)))))
      (if (i64.ne (local.get $finds) (i64.const 0)) (then
        (local.set $feeds (i64.const 0))
        ${[0, 16, 32, 48].map(lineFeeds).join("")}
        (local.set $lines ${total("endAll")})
        (loop $more
          ;; The lowest bit, and then the next. It may be the end of the line before.
          (local.set $find (i64.and (local.get $finds) (i64.sub (i64.const 0) (local.get $finds))))
          (local.set $finds (i64.xor (local.get $finds) (local.get $find)))
          ;; Behind a number stands a comma, a bracket or a space: most of what looks like one is in a string. Not looked for without
          ;; an end, since there may be very many.
          (local.set $behind (i32.add (local.get $at) (i32.wrap_i64 (i64.ctz (local.get $find)))))
          (local.set $until (i32.add (local.get $behind) (i32.const 64)))
          (if (i32.gt_u (local.get $until) (local.get $length)) (then (local.set $until (local.get $length))))
          (loop $passed
            (local.set $behind (i32.add (local.get $behind) (i32.const 1)))
            (local.set $byte (i32.load8_u (local.get $behind)))
            (br_if $passed (i32.and (i32.lt_u (local.get $behind) (local.get $until)) (i32.or
              (i32.or (i32.lt_u (i32.sub (local.get $byte) (i32.const 0x2d)) (i32.const 13)) ${isByte("+")})
              (i32.eq (i32.or (local.get $byte) (i32.const 0x20)) (i32.const 0x65))))))
          (if (i32.or
              (i32.or (i32.ge_u (local.get $behind) (local.get $until)) (i32.le_u (local.get $byte) (i32.const 0x20)))
              (i32.or ${isByte(",")} (i32.or ${isByte("]")} ${isByte("}")})))
            (then
              (i32.store16 offset=${FINDS} (i32.shl (local.get $found) (i32.const 1))
                (i32.or
                  (i32.shl (i32.add (local.get $lines) (i32.wrap_i64 (i64.popcnt
                    (i64.and (local.get $feeds) (i64.or (local.get $find) (i64.sub (local.get $find) (i64.const 1))))))) (i32.const 1))
                  (i64.ne (i64.and (local.get $e) (local.get $find)) (i64.const 0))))
              (local.set $found (i32.add (local.get $found) (i32.const 1)))))
          (br_if $more (i64.ne (local.get $finds) (i64.const 0))))))
      (local.set $openAll ${added("openAll", "open")})
      (local.set $endAll ${added("endAll", "end")})
      ${["digit", "two", "four", "eight"].map((bits) => `(local.set $${bits}0 (local.get $${bits}))`).join(" ")}
      (local.set $at (i32.add (local.get $at) (i32.const 64)))
      (br $next)))
    (global.set $opens ${total("openAll")})
    (local.get $found)))`;

function isByte(character) {
  return `(i32.eq (local.get $byte) (i32.const ${character.charCodeAt(0)}))`;
}

function splat(byte) {
  return `(v128.const i8x16 ${Array(16).fill(byte).join(" ")})`;
}

/** Takes sixteen of the 64 bytes. */
function sixteenBytes(offset) {
  return `
      (local.set $bytes (v128.load offset=${offset} (local.get $at)))
      (local.set $digit (i64.or (local.get $digit)
        ${bits("(i8x16.le_u (i8x16.sub (local.get $bytes) (local.get $dot)) (local.get $eleven))", offset)}))
      (local.set $end (i8x16.sub (local.get $end) (i8x16.eq (local.get $bytes) (local.get $feed))))
      ${ahead()}
      (local.set $maybe (v128.or (local.get $maybe) (v128.and (local.get $ahead) ${minusZero(offset)})))
      (local.set $open (i8x16.sub (local.get $open) (local.get $opens)))
      (local.set $e (i64.or (local.get $e) ${bits("(i8x16.eq (local.get $bytes) (local.get $letter))", offset)}))`;
}

/**
 * Whether each byte may stand before a number: a space, a comma, a colon or a bracket. The bit of its case makes an `e` of an
 * `E`, and a brace of a bracket.
 */
function ahead() {
  return `(local.set $ahead (i8x16.le_u (local.get $bytes) (local.get $dash)))
      (local.set $bytes (v128.or (local.get $bytes) (local.get $case)))
      (local.set $opens (i8x16.eq (local.get $bytes) (local.get $brace)))
      (local.set $ahead (v128.or (local.get $ahead)
        (v128.or (local.get $opens) (i8x16.eq (local.get $bytes) (local.get $colon)))))`;
}

/** Whether so far behind each byte stands another one. */
function isBehind(offset, by, byte) {
  return `(i8x16.eq (v128.load offset=${offset + by} (local.get $at)) (local.get $${byte}))`;
}

/** Whether behind each byte a -0 begins. */
function minusZero(offset) {
  return `(v128.and ${isBehind(offset, 1, "dash")} ${isBehind(offset, 2, "zero")})`;
}

/** The same, but for fractions such as -0.5; -0.05 might be one, like -0.0. */
function signedZero(offset) {
  return `
        (local.set $bytes (v128.load offset=${offset} (local.get $at)))
        ${ahead()}
        (local.set $ahead (v128.and (v128.and (local.get $ahead) ${minusZero(offset)})
          (v128.or (v128.not ${isBehind(offset, 3, "dot")}) ${isBehind(offset, 4, "zero")})))
        (local.set $e (i64.or (local.get $e) ${bits("(local.get $ahead)", offset)}))`;
}

function lineFeeds(offset) {
  return `
        (local.set $feeds (i64.or (local.get $feeds)
          ${bits(`(i8x16.eq (v128.load offset=${offset} (local.get $at)) (local.get $feed))`, offset)}))`;
}

function bits(sixteen, offset) {
  return `(i64.shl (i64.extend_i32_u (i8x16.bitmask ${sixteen})) (i64.const ${offset}))`;
}

function inARow(all, half, length) {
  return `
      (local.set $${all} (i64.and (local.get $${half}) ${before(half, length)}))`;
}

/** Of each byte the bit of the one so many before it. */
function before(bits, by) {
  return `(i64.or (i64.shl (local.get $${bits}) (i64.const ${by})) (i64.shr_u (local.get $${bits}0) (i64.const ${64 - by})))`;
}

/** Of each byte the bit of the one so many behind it: set where that is not known yet. */
function behind(bits, by) {
  return `(i64.or (i64.shr_u (local.get $${bits}) (i64.const ${by})) (i64.shl (i64.const -1) (i64.const ${64 - by})))`;
}

/** Four counts, and sixteen added to them. */
function added(four, sixteen) {
  return `(i32x4.add (local.get $${four})
        (i32x4.extadd_pairwise_i16x8_u (i16x8.extadd_pairwise_i8x16_u (local.get $${sixteen}))))`;
}

function total(four) {
  const lane = (index) => `(i32x4.extract_lane ${index} (local.get $${four}))`;
  return `(i32.add (i32.add ${lane(0)} ${lane(1)}) (i32.add ${lane(2)} ${lane(3)}))`;
}

/** The text of the file. */
export async function numberScanCode() {
  const module = (await wabt()).parseWat("number-scan.wat", text, { simd: true });
  module.validate();
  const { buffer } = module.toBinary({});
  return `// Made by scripts/number-scan.js, where its source stands.

/** Where in the module's memory the finds are written. */
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
