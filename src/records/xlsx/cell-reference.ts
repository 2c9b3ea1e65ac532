/** The last row and column that the format knows (`XFD1048576`). */
export const maxRow = 1_048_576;
export const MAX_COLUMN = 16_384;

/**
 * The column of a cell reference, from 0: `"B7"` is 1.
 *
 * @param row - the number of the row the cell stands in
 * @returns -1 where the text is not a reference, or one to another row
 */
export function columnOf(reference: string, row: number): number {
  let column = 0;
  let at = 0;
  for (; at < reference.length; at++) {
    const letter = reference.charCodeAt(at) & ~0x20;
    if (letter < 0x41 || letter > 0x5a) break;
    column = column * 26 + letter - 0x40;
    if (column > MAX_COLUMN) return -1;
  }
  return column > 0 && digitsFrom(reference, at) === row ? column - 1 : -1;
}

/**
 * The row number in a row's `r`, or in a cell reference.
 *
 * @returns -1 where there is none
 */
export function rowOf(reference: string): number {
  let at = 0;
  while (at < reference.length && reference.charCodeAt(at) > 0x39) at++;
  const row = digitsFrom(reference, at);
  return row >= 1 && row <= maxRow ? row : -1;
}

/**
 * The number that a text is from `start` on.
 *
 * @returns -1 where it is anything else than digits
 */
function digitsFrom(text: string, start: number): number {
  let number = 0;
  for (let at = start; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return start < text.length ? number : -1;
}

/** The number that a text is, with blanks around it or not; -1 where it is none. */
export function countFrom(text: string): number {
  const number = digitsFrom(text, 0);
  return number >= 0 ? number : digitsFrom(text.trim(), 0);
}

/** The letters of a column, counted from 0: 27 is `"AB"`. */
export function columnLetters(column: number): string {
  let letters = "";
  for (let left = column + 1; left > 0; left = Math.floor((left - 1) / 26)) {
    letters = String.fromCharCode(0x41 + ((left - 1) % 26)) + letters;
  }
  return letters;
}
