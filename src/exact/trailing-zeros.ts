/** The digits without the zeros at their end. `/0+$/` would take quadratic time over a run of zeros inside. */
export function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === "0") end -= 1;
  return digits.slice(0, end);
}
