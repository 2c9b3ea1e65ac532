// Makes src/exact/page-scan-code.ts: the WebAssembly that goes through a whole JSON text, 64 bytes at a time, and tells strings
// from the rest. `node scripts/page-scan.js` writes it; test/exact/page-scan.test.ts makes it again, and compares.
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import wabt from "wabt";

/** How much is looked at at a time; it stands at the beginning of the memory, and 64 bytes behind it are zero. */
const PIECE = 32_768;
/** Where the finds are written, of four bytes each; there is room for one for every byte. */
const FINDS = PIECE + 64;

const SIXTEENS = [0, 16, 32, 48];
const CARRIED = ["digit", "two", "four", "eight"];

/** The module in WebAssembly's text format. */
const text = `(module
  (memory (export "memory") 3)
  ;; More objects and lists than have stood in one another so far, or as many.
  (global $levels (export "levels") (mut i32) (i32.const 0))
  ;; What is carried from one piece to the next: how many are open; all bits set in a string; 1 behind a backslash.
  (global $depth (mut i32) (i32.const 0)) (global $string (mut i64) (i64.const 0)) (global $escape (mut i64) (i64.const 0))
  ${CARRIED.map((bits) => `(global $${bits} (mut i64) (i64.const 0))`).join(" ")}

  ;; Looks at so many bytes of a text, 64 times a number of them unless they are the last. Writes where a number may stand, outside of
  ;; strings, that a double does not hold: the sixteenth of its digits, or its e; and each minus before a digit, for it may be a -0.
  ;; Returns how many.
  (func (export "scan") (param $length i32) (param $isFirst i32) (result i32)
    (local $at i32) (local $found i32) (local $depth i32) (local $levels i32)
    ;; A bit for each of 64 bytes.
    (local $back i64) (local $escaped i64) (local $escape i64) (local $quote i64) (local $string i64) (local $carried i64)
    (local $open i64) (local $digit i64) (local $two i64) (local $four i64) (local $eight i64) (local $sixteen i64)
    (local $e i64) (local $minus i64) (local $finds i64)
    ;; Those of the 64 before.
    ${CARRIED.map((bits) => `(local $${bits}0 i64)`).join(" ")}
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    ${SIXTEENS.map((offset) => `(v128.store offset=${offset} (local.get $length) ${splat(0)})`).join("\n    ")}
    (if (local.get $isFirst) (then (global.set $levels (i32.const 0)))
      (else
        (local.set $depth (global.get $depth)) (local.set $carried (global.get $string)) (local.set $escape (global.get $escape))
        ${CARRIED.map((bits) => `(local.set $${bits}0 (global.get $${bits}))`).join(" ")}))
    (local.set $levels (global.get $levels))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $length)))
      ${["a", "b", "c", "d"].map((name, index) => `(local.set $${name} (v128.load offset=${16 * index} (local.get $at)))`).join(" ")}
      ;; A backslash escapes what is behind it, unless it is escaped itself.
      (local.set $escaped (local.get $escape))
      (local.set $escape (i64.const 0))
      (if (v128.any_true ${["a", "b", "c", "d"].map((name) => isByte(`(local.get $${name})`, "\\")).reduce((all, each) => `(v128.or ${all} ${each})`)}) (then
        (local.set $back ${bitsOf((bytes) => isByte(bytes, "\\"))})
        (local.set $escape (i64.and (local.get $back) (i64.xor (local.get $escaped) (i64.const -1))))
        (local.set $escape (i64.xor (i64.const 0xaaaaaaaaaaaaaaaa)
          (i64.sub (i64.or (i64.shl (local.get $escape) (i64.const 1)) (i64.const 0xaaaaaaaaaaaaaaaa)) (local.get $escape))))
        (local.set $escaped (i64.xor (local.get $escape) (i64.or (local.get $back) (local.get $escaped))))
        (local.set $escape (i64.shr_u (i64.and (local.get $escape) (local.get $back)) (i64.const 63)))))
      ;; From each quote to the next all bits are set.
      (local.set $string (i64.and ${bitsOf((bytes) => isByte(bytes, '"'))} (i64.xor (local.get $escaped) (i64.const -1))))
      ${[1, 2, 4, 8, 16, 32].map((by) => `(local.set $string (i64.xor (local.get $string) ${shl("string", by)}))`).join("\n      ")}
      (local.set $string (i64.xor (local.get $string) (local.get $carried)))
      (local.set $carried (i64.shr_s (local.get $string) (i64.const 63)))
      (local.set $quote (i64.xor (local.get $string) (i64.const -1)))
      ;; The bit of its case makes a brace of a bracket. What closes among the 64 is taken to close behind all that opens.
      (local.set $open (i64.and (local.get $quote) ${bitsOf((bytes) => isByte(lower(bytes), "{"))}))
      (local.set $depth (i32.add (local.get $depth) (i32.wrap_i64 (i64.popcnt (local.get $open)))))
      (if (i32.gt_s (local.get $depth) (local.get $levels)) (then (local.set $levels (local.get $depth))))
      (local.set $open (i64.and (local.get $quote) ${bitsOf((bytes) => isByte(lower(bytes), "}"))}))
      (local.set $depth (i32.sub (local.get $depth) (i32.wrap_i64 (i64.popcnt (local.get $open)))))
      ;; Of the bytes from the point to the nine, which end the signed ones once they are moved there.
      (local.set $digit (i64.and (local.get $quote)
        ${bitsOf((bytes) => `(i8x16.gt_s (i8x16.add ${bytes} ${splat(0x7f - 0x39)}) ${splat(0x7f - 12)})`)}))
      ${inARow("two", "digit", 1)}${inARow("four", "two", 2)}${inARow("eight", "four", 4)}${inARow("sixteen", "eight", 8)}
      ;; An e behind a digit, and before three of them or a sign and three. Behind the 64 a digit may stand.
      (local.set $e (i64.and (i64.and ${before("digit", 1)} ${bitsOf((bytes) => isByte(lower(bytes), "e"))})
        (i64.and (i64.and ${behind(2)} ${behind(3)}) (i64.or ${behind(1)} ${behind(4)}))))
      (local.set $minus (i64.and (i64.and (local.get $quote) ${behind(1)}) ${bitsOf((bytes) => isByte(bytes, "-"))}))
      ;; Of a longer run one end is enough.
      (local.set $finds (i64.or (i64.or (local.get $e) (local.get $minus))
        (i64.and (local.get $sixteen) (i64.xor ${shl("sixteen", 1)} (i64.const -1)))))
      (block $none (loop $more
        (br_if $none (i64.eqz (local.get $finds)))
        (i32.store offset=${FINDS} (i32.shl (local.get $found) (i32.const 2))
          (i32.add (local.get $at) (i32.wrap_i64 (i64.ctz (local.get $finds)))))
        (local.set $found (i32.add (local.get $found) (i32.const 1)))
        (local.set $finds (i64.and (local.get $finds) (i64.sub (local.get $finds) (i64.const 1))))
        (br $more)))
      ${CARRIED.map((bits) => `(local.set $${bits}0 (local.get $${bits}))`).join(" ")}
      (local.set $at (i32.add (local.get $at) (i32.const 64)))
      (br $next)))
    (global.set $levels (local.get $levels)) (global.set $depth (local.get $depth))
    (global.set $string (local.get $carried)) (global.set $escape (local.get $escape))
    ${CARRIED.map((bits) => `(global.set $${bits} (local.get $${bits}0))`).join(" ")}
    (local.get $found)))`;

function splat(byte) {
  return `(v128.const i8x16 ${Array(16).fill(byte).join(" ")})`;
}

function isByte(bytes, character) {
  return `(i8x16.eq ${bytes} ${splat(character.charCodeAt(0))})`;
}

function lower(bytes) {
  return `(v128.or ${bytes} ${splat(0x20)})`;
}

/** A bit for each of 64 bytes. */
function bitsOf(test) {
  const [first, ...others] = ["a", "b", "c", "d"].map(
    (name) => `(i64.extend_i32_u (i8x16.bitmask ${test(`(local.get $${name})`)}))`,
  );
  return others.reduce(
    (all, sixteen, index) => `(i64.or ${all} (i64.shl ${sixteen} (i64.const ${16 * (index + 1)})))`,
    first,
  );
}

function shl(bits, by) {
  return `(i64.shl (local.get $${bits}) (i64.const ${by}))`;
}

function inARow(all, half, length) {
  return `
      (local.set $${all} (i64.and (local.get $${half}) ${before(half, length)}))`;
}

/** Of each byte the bit of the one so many before it. */
function before(bits, by) {
  return `(i64.or ${shl(bits, by)} (i64.shr_u (local.get $${bits}0) (i64.const ${64 - by})))`;
}

/** Whether so far behind each byte a digit stands: set where that is not known yet. */
function behind(by) {
  return `(i64.or (i64.shr_u (local.get $digit) (i64.const ${by})) (i64.shl (i64.const -1) (i64.const ${64 - by})))`;
}

/** The text of the file. */
export async function pageScanCode() {
  const module = (await wabt()).parseWat("page-scan.wat", text, { simd: true });
  module.validate();
  const { buffer } = module.toBinary({});
  return `// Made by scripts/page-scan.js, where its source stands.

/** How much is looked at at a time. */
export const PIECE = ${PIECE};
/** Where in the module's memory the finds are written. */
export const FINDS = ${FINDS};

export const CODE =
  "${Buffer.from(buffer).toString("base64")}";
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(new URL("../src/exact/page-scan-code.ts", import.meta.url), await pageScanCode());
}
