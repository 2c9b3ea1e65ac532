// CRC-32 is reflected: the highest bit is the coefficient of x^0.
const polynomial = 0xedb88320;
const one = 0x80000000;
const x8 = 0x00800000;

/** What four bytes do to a CRC, by their value and their place: four tables of 256. */
let tables: Uint32Array | undefined;

function makeTables(): Uint32Array {
  const made = new Uint32Array(4 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = timesX(crc);
    made[byte] = crc;
  }
  for (let at = 256; at < made.length; at++) {
    const nearer = made[at - 256] ?? 0;
    made[at] = (nearer >>> 8) ^ (made[nearer & 0xff] ?? 0);
  }
  return made;
}

/** The CRC-32 that ZIP uses, of bytes that follow those whose CRC-32 is `before`. */
export function crc32(bytes: Uint8Array, before = 0): number {
  tables ??= makeTables();
  const table = tables;
  let crc = ~before;
  let at = 0;
  for (const whole = bytes.length - 3; at < whole; at += 4) {
    crc ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    crc =
      (table[0x300 + (crc & 0xff)] as number) ^
      (table[0x200 + ((crc >>> 8) & 0xff)] as number) ^
      (table[0x100 + ((crc >>> 16) & 0xff)] as number) ^
      (table[crc >>> 24] as number);
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[at] as number)) & 0xff] as number);
  return ~crc >>> 0;
}

/**
 * The CRC-32 of two runs of bytes one after the other, from the CRC-32 of each. A CRC is a polynomial over GF(2) modulo
 * another, so the bytes behind a run multiply its CRC by x to the power of their bits.
 *
 * @param secondSize - the length of the second run, in bytes
 */
export function combineCrc32(first: number, second: number, secondSize: number): number {
  return (multiply(powerOfX8(secondSize), first) ^ second) >>> 0;
}

function powerOfX8(exponent: number): number {
  let power = one;
  let square = x8;
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(power, square);
    square = multiply(square, square);
  }
  return power;
}

function multiply(a: number, b: number): number {
  let product = 0;
  let factor = b;
  for (let mask = one; mask !== 0; mask >>>= 1) {
    if (a & mask) product ^= factor;
    factor = timesX(factor);
  }
  return product;
}

function timesX(value: number): number {
  return value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
}
