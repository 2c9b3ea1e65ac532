import { noteZero } from "./exact-number.js";
import { isPolluted, isTooDeep, MOST_LEVELS } from "./levels.js";

/** Nothing is to be said of the values. */
export const ORDINARY = 0;
/** There is a number that only an exponent makes so large or small, or zero. */
export const UNUSUAL = 1;
/** More than `MOST_LEVELS` objects and lists stand in one another. */
export const TOO_DEEP = 2;

/** Looks once at all values of a parsed answer, which holds no `ExactNumber` yet: the bits of what is to be said of them. */
export function lookAtAnswer(value: unknown): number {
  if (isPolluted()) return UNUSUAL | (isTooDeep(value) ? TOO_DEEP : 0);
  return typeof value === "object" && value !== null ? lookAt(value, MOST_LEVELS) : UNUSUAL;
}

function lookAt(value: object, levels: number): number {
  if (levels === 0) return TOO_DEEP;
  let found = ORDINARY;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const member: unknown = value[index];
      if (typeof member === "object") {
        if (member !== null) found |= lookAt(member, levels - 1);
      } else if (typeof member === "number" && isUnusual(member)) found |= UNUSUAL;
    }
    return found;
  }
  // A list of all members would take longer.
  for (const name in value) {
    const member: unknown = value[name as keyof typeof value];
    if (typeof member === "object") {
      if (member !== null) found |= lookAt(member, levels - 1);
    } else if (typeof member === "number" && isUnusual(member)) found |= UNUSUAL;
  }
  return found;
}

function isUnusual(value: number): boolean {
  if (value === 0) noteZero(value);
  const size = value < 0 ? -value : value;
  return size < 1e-300 || size === Number.POSITIVE_INFINITY;
}
