/**
 * A hash of 53 bits, to tell texts apart without keeping them: two halves that multiply by other odd numbers, each mixed
 * with the other at the end. It is no protection against somebody who looks for two texts with the same one.
 *
 * @example
 * ```ts
 * textHash("ada@example.com") === textHash("Ada@example.com"); // false
 * ```
 */
export function textHash(text: string): number {
  const { length } = text;
  let low = 0x9e3779b1 ^ length;
  let high = 0x85ebca6b;
  // Two units a step, for the steps wait for one another. The shifts bring what is multiplied upwards down again.
  for (let index = 0; index < length; index += 2) {
    const second = index + 1 < length ? text.charCodeAt(index + 1) : 0;
    const units = text.charCodeAt(index) | (second << 16);
    low = Math.imul(low ^ units, 0x01000193);
    low ^= low >>> 15;
    high = Math.imul(high ^ units, 0x5bd1e995);
    high ^= high >>> 13;
  }
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0);
}
