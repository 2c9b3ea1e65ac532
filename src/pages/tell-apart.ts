import { type Identity, isSameSet } from "./identities.js";
import { ANCHORS, lastBefore, type Run, type SortedPage, type TakenPage } from "./sorted-page.js";

/** What is remembered when a page is taken. */
interface Memory {
  readonly runs: readonly Run[];
  /** How many of the records lie before the place that reading has reached. */
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
  readonly runs: readonly Run[];
  /** How many records those are. */
  readonly size: number;
  /** How many of those are expected on one of the next pages. */
  readonly ahead: number;
  /** The place to continue is found, or was not looked for. */
  readonly isFound: boolean;
}

/** Tells the records of a page apart that holds known ones, or on which the place to continue is looked for. */
export function tellApart(identities: readonly Identity[], at: TakenPage, memory: Memory): Told {
  const { last } = memory;
  const { named } = at;
  const { matches, known, surprises } = matchesOf(identities, at.page - at.back, memory);
  const again = known.length;
  const firstKnown = matches.findIndex((match) => match >= 0);
  // Where all that was handed over is known and gone from the very beginning, the rest is to be handed over.
  const seeking = memory.seeking && !(memory.isAll && at.page === 1 && firstKnown < 0);
  const lastKnown = matches.findLastIndex((match) => match >= 0);
  const isFound = !seeking || firstKnown >= 0;
  const fresh: number[] = [];
  for (let index = seeking ? firstKnown : at.skip; isFound && index < identities.length; index++) {
    // A record without an identity that stands before a known one is known itself.
    if (matches[index] === -1 && (identities[index] !== undefined || index > lastKnown)) fresh.push(index);
  }
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

  const { earlier, ahead } = without(memory.runs, known, memory.reached);
  const here: Run = { ids: identities.filter((id) => id !== undefined), seenOn: at.page };
  const firstUnnamed = identities.indexOf(undefined);
  const earlierSize = sizeOf(earlier);
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
      const anchors = [...lastBefore(passed.reverse(), earlier)];
      // New records may stand among known ones; those behind the place must be known there, too.
      for (let place = index + 1; place <= lastKnown; place++) {
        if ((matches[place] ?? -1) >= 0) anchors.push(identities[place] as string);
      }
      for (const { ids } of ahead) for (const id of ids) anchors.push(id);
      const isNamed = firstUnnamed < 0 || firstUnnamed > index;
      return { known: anchors, isAll: memory.isAll && isNamed && earlierSize + index + 1 <= ANCHORS };
    },
  };
  const runs = [...earlier, ...(here.ids.length > 0 ? [here] : []), ...ahead];
  const expected = sizeOf(ahead);
  return { sorted, runs, size: earlierSize + here.ids.length + expected, ahead: expected, isFound };
}

interface Matches {
  /** For each of a page's records the place among those remembered of the one that it is, or -1. */
  readonly matches: readonly number[];
  /** Those places. */
  readonly known: readonly number[];
  /** How many of them were not expected on one of the next pages. */
  readonly surprises: number;
}

/** Nearly all that is remembered is on another page: it is looked at once, and what is kept is what this page has. */
function matchesOf(identities: readonly Identity[], since: number, { runs, isApart }: Memory): Matches {
  const places = new Map<Identity, number[]>();
  if (!isApart) {
    for (const id of identities) if (id !== undefined) places.set(id, []);
    let begin = 0;
    for (const { ids, seenOn } of runs) {
      if (seenOn >= since) for (const [index, id] of ids.entries()) places.get(id)?.push(begin + index);
      begin += ids.length;
    }
  }
  const matches = identities.map((id) => places.get(id)?.shift() ?? -1);
  const known = matches.filter((match) => match >= 0).sort((one, other) => one - other);
  let surprises = 0;
  let [begin, next] = [0, 0];
  for (const { ids, seenOn } of runs) {
    begin += ids.length;
    for (; (known[next] ?? Infinity) < begin; next++) if (seenOn < Infinity) surprises++;
  }
  return { matches, known, surprises };
}

/**
 * What is remembered, without the records that a page has: those before the furthest of them, and those behind it, which
 * are expected on one of the next pages. Runs that have none of them stay as they are.
 *
 * @param taken - their places, in order
 * @param reached - how many lie before the place where the page has none
 */
function without(
  runs: readonly Run[],
  taken: readonly number[],
  reached: number,
): { readonly earlier: readonly Run[]; readonly ahead: readonly Run[] } {
  const earlier: Run[] = [];
  const ahead: Run[] = [];
  const border = (taken.at(-1) ?? reached - 1) + 1;
  let begin = 0;
  let next = 0;
  const add = (run: Run, from: number, to: number): void => {
    if (from >= to) return;
    const ids = from === 0 && to === run.ids.length ? run.ids : run.ids.slice(from, to);
    if (begin + from < border) earlier.push(ids === run.ids ? run : { ids, seenOn: run.seenOn });
    else ahead.push({ ids, seenOn: Number.POSITIVE_INFINITY });
  };
  for (const run of runs) {
    const end = begin + run.ids.length;
    let from = 0;
    for (; (taken[next] ?? Infinity) < end; next++) {
      const place = (taken[next] as number) - begin;
      add(run, from, place);
      from = place + 1;
    }
    const middle = Math.max(from, Math.min(border - begin, run.ids.length));
    add(run, from, middle);
    add(run, middle, run.ids.length);
    begin = end;
  }
  return { earlier, ahead };
}

function sizeOf(runs: readonly Run[]): number {
  return runs.reduce((size, { ids }) => size + ids.length, 0);
}
