/** The name that was probably meant: one or two letters away, or starts like it. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const given = word.toLowerCase();
  const ranked = names
    .map((name) => ({ name, distance: distance(given, name.toLowerCase()) }))
    .sort((one, other) => one.distance - other.distance);
  const [best] = ranked;
  if (best === undefined) return undefined;
  const starts = given.length >= 3 && best.name.toLowerCase().startsWith(given);
  return starts || best.distance <= (word.length > 4 ? 2 : 1) ? best.name : undefined;
}

/** How many letters must be put in, left out, replaced or exchanged with their neighbour (optimal string alignment). */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      const exchanged = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (i > 1 && j > 1 && exchanged) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last[other.length] ?? 0;
}
