import { type Identity, isSameSet } from "./identities.js";
import { ANCHORS, type Entry, lastBefore, runsOf, type SortedPage, type TakenPage } from "./sorted-page.js";

/** What is remembered when a page is taken. */
interface Memory {
  readonly entries: readonly Entry[];
  /** How many of them lie before the place that reading has reached. */
  readonly reached: number;
  readonly isAll: boolean;
  readonly seeking: boolean;
  /** The page before. */
  readonly last: readonly Identity[];
  readonly fingerprint: string | undefined;
  /** The page shares no record with what is remembered. */
  readonly isApart: boolean;
}

/** A page's records told apart, and what is to be remembered with them. */
interface Told {
  readonly sorted: SortedPage;
  readonly entries: readonly Entry[];
  /** How many of those are expected on one of the next pages. */
  readonly ahead: number;
  /** The place to continue is found, or was not looked for. */
  readonly isFound: boolean;
}

/** Tells the records of a page apart that holds known ones, or on which the place to continue is looked for. */
export function tellApart(identities: readonly Identity[], at: TakenPage, memory: Memory): Told {
  const { entries, last } = memory;
  const { named } = at;
  const matches = matchesOf(identities, at.page - at.back, memory);
  const firstKnown = matches.findIndex((match) => match >= 0);
  // Where all that was handed over is known and gone from the very beginning, the rest is to be handed over.
  const seeking = memory.seeking && !(memory.isAll && at.page === 1 && firstKnown < 0);
  const lastKnown = matches.findLastIndex((match) => match >= 0);
  const isFound = !seeking || firstKnown >= 0;
  const begin = seeking ? firstKnown : at.skip;
  const fresh = identities.flatMap((id, index) => {
    // A record without an identity that stands before a known one is known itself.
    const isNew =
      isFound && index >= begin && matches[index] === -1 && (id !== undefined || index > lastKnown);
    return isNew ? [index] : [];
  });
  const known = matches.filter((match) => match >= 0);
  const again = known.length;
  const surprises = known.filter((match) => (entries[match]?.seenOn ?? Infinity) < Infinity).length;
  const repeats =
    !memory.seeking &&
    identities.length > 0 &&
    (named === 0
      ? at.fingerprint !== undefined && at.fingerprint === memory.fingerprint
      : again === named && isSameSet(identities, last));
  const stands =
    lastKnown === identities.length - 1 &&
    identities.length === last.length &&
    identities.at(-1) === last.at(-1);
  const passedOver = seeking ? (firstKnown < 0 ? identities.length : firstKnown) : 0;

  const taken = new Set(matches);
  const furthest = firstKnown < 0 ? memory.reached - 1 : Math.max(...matches);
  const earlier: Entry[] = [];
  const ahead: Entry[] = [];
  entries.forEach((entry, place) => {
    if (taken.has(place)) return;
    if (place <= furthest) earlier.push(entry);
    else ahead.push({ id: entry.id, seenOn: Number.POSITIVE_INFINITY });
  });
  const here = identities.flatMap((id) =>
    id === undefined ? [] : [{ id, seenOn: at.page } satisfies Entry],
  );
  const firstUnnamed = identities.indexOf(undefined);
  const runs = runsOf(earlier);
  const sorted: SortedPage = {
    fresh,
    again,
    surprises,
    repeats,
    passedOver,
    stands,
    // Asked at every record by some, so it looks at as few of them as it can.
    anchorsAfter(index) {
      const passed: string[] = [];
      for (let place = index; place >= 0 && passed.length < ANCHORS; place--) {
        const id = identities[place];
        if (id !== undefined) passed.push(id);
      }
      const anchors = [...lastBefore(passed.reverse(), runs)];
      // New records may stand among known ones; those behind the place must be known there, too.
      for (let place = index + 1; place <= lastKnown; place++) {
        if ((matches[place] ?? -1) >= 0) anchors.push(identities[place] as string);
      }
      for (const { id } of ahead) anchors.push(id);
      const isNamed = firstUnnamed < 0 || firstUnnamed > index;
      return { known: anchors, isAll: memory.isAll && isNamed && earlier.length + index + 1 <= ANCHORS };
    },
  };
  return { sorted, entries: [...earlier, ...here, ...ahead], ahead: ahead.length, isFound };
}

/** The place of the entry that each of a page's records is, or -1. */
function matchesOf(
  identities: readonly Identity[],
  since: number,
  { entries, isApart }: Memory,
): readonly number[] {
  const places = new Map<string, number[]>();
  if (!isApart)
    entries.forEach(({ id, seenOn }, place) => {
      if (seenOn === Infinity || seenOn >= since) places.set(id, [...(places.get(id) ?? []), place]);
    });
  return identities.map((id) => (id === undefined ? -1 : (places.get(id)?.shift() ?? -1)));
}
