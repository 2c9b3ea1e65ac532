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

/** Whether a value has more levels. By recursion, which goes no deeper than they may be. */
export function isTooDeep(value: unknown, levels: number = MOST_LEVELS): boolean {
  if (!isContainer(value)) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((member) => isTooDeep(member, levels - 1));
  // A list of all members would take five times as long.
  for (const name in value) {
    const member: unknown = value[name as keyof typeof value];
    if (isContainer(member) && Object.hasOwn(value, name) && isTooDeep(member, levels - 1)) return true;
  }
  return false;
}

/** Whether `for … in` meets, in every object, what others put on `Object.prototype`. */
export function isPolluted(): boolean {
  for (const _ in {}) return true;
  return false;
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null && !isExactNumber(value);
}
