import { isExactNumber } from "./exact-number.js";

/**
 * How many objects and lists of a record may stand in one another: more than anybody nests, and so few that whatever reads,
 * copies or writes a record can do it by recursion, on every runtime.
 */
export const MOST_LEVELS = 512;

/** Why a JSON text with more levels makes no record. */
export class NestedTooDeep extends Error {
  constructor() {
    super(`nested deeper than ${MOST_LEVELS} levels`);
  }
}

let read = 0;

/** How many texts with more levels were read so far: what is read while this stands still has none. */
export function deepTextsRead(): number {
  return read;
}

export function countDeepText(): void {
  read++;
}

/** Whether a value has more levels. Not by recursion, which they may be too many for. */
export function isTooDeep(value: unknown): boolean {
  let level: object[] = [{ value }];
  for (let depth = 0; depth <= MOST_LEVELS; depth++) {
    level = level.flatMap((holder) => Object.values(holder).filter(isContainer));
    if (level.length === 0) return false;
  }
  return true;
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null && !isExactNumber(value);
}
