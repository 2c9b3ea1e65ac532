import type { ZephrOrder } from "./options.js";

/** The tenant's users in the order of the listing; users are numbers. */
export interface UserListing {
  /** How many there are, among those a condition admits. */
  count(condition?: ListingCondition): number;
  /** The users at places `start` up to and without `end`. */
  slice(start: number, end: number, condition?: ListingCondition): readonly number[];
  /** Registers so many new users. */
  add(count: number): void;
  /** Deletes a user. */
  remove(user: number): void;
  reset(): void;
}

/** Which users a request is about; the same request must give the same `key`. */
export interface ListingCondition {
  readonly key: string;
  admits(user: number): boolean;
}

/** Makes a listing. Only one that is scattered, filtered or has lost users is held in memory. */
export function createUserListing(users: number, order: ZephrOrder): UserListing {
  let next = users;
  let held: number[] | undefined;
  let selected: { readonly key: string; readonly users: readonly number[] } | undefined;
  reset();

  function reset(): void {
    next = users;
    selected = undefined;
    held = order === "scattered" ? range(users).sort((a, b) => rank(a) - rank(b)) : undefined;
  }

  const at = (place: number): number => held?.[place] ?? (order === "newest" ? next - 1 - place : place);
  const size = () => held?.length ?? next;

  function select(condition: ListingCondition): readonly number[] {
    if (selected?.key !== condition.key) {
      const users = range(size()).map(at).filter(condition.admits);
      selected = { key: condition.key, users };
    }
    return selected.users;
  }

  function insert(user: number): void {
    if (!held) return;
    const place = held.findIndex((other) => rank(other) > rank(user));
    if (order === "newest") held.unshift(user);
    else if (order === "oldest" || place < 0) held.push(user);
    else held.splice(place, 0, user);
  }

  return {
    count: (condition) => (condition ? select(condition).length : size()),
    slice(start, end, condition) {
      if (condition) return select(condition).slice(start, end);
      return range(Math.max(0, Math.min(end, size()) - start)).map((place) => at(start + place));
    },
    add(count) {
      for (let added = 0; added < count; added++) insert(next++);
      if (count > 0) selected = undefined;
    },
    remove(user) {
      held ??= range(next).map(at);
      held = held.filter((other) => other !== user);
      selected = undefined;
    },
    reset,
  };
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

/** A number that scatters users: multiplying by a large odd number and keeping 32 bits gives each another one. */
function rank(user: number): number {
  return Math.imul(user + 1, 0x9e3779b1) >>> 0;
}
