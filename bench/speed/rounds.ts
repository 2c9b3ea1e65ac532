/** One way of doing the work; what it returns must be the same for all of them, so that none does less. */
export interface Way {
  readonly name: string;
  readonly run: () => Promise<unknown> | unknown;
}

/** Work that is done in several ways, by exportkit first. */
export interface Work {
  readonly name: string;
  readonly ways: readonly [Way, ...Way[]];
  /** What is compared: processor time of the whole process, or time on the wall. Default `"cpu"`. */
  readonly by?: "cpu" | "wall";
}

export interface Row {
  readonly work: string;
  readonly against: string;
  readonly by: "cpu" | "wall";
  /** The median of the rounds' ratios: below 1 exportkit is cheaper. */
  readonly ratio: number;
  readonly quartiles: readonly [number, number];
  /** Medians, in milliseconds of a run. */
  readonly ours: number;
  readonly theirs: number;
}

/**
 * A turn lasts at least so long, in ms. A way that holds a whole file leaves hundreds of megabytes, which V8 collects after some
 * runs, whosever turn it is then: of single runs the next way pays for them.
 */
const TURN = 700;

/**
 * Rounds in turns, whoever is first changing: a busy machine then disturbs all ways alike. No collection is asked for in
 * between: it would throw compiled code away.
 *
 * @param warmUp - rounds before them that do not count, of single runs, in which code is compiled
 */
export async function compare(
  { name, ways, by = "cpu" }: Work,
  rounds: number,
  warmUp: number,
): Promise<readonly Row[]> {
  const times = ways.map((): number[] => []);
  const results = new Set<string>();
  for (let round = -warmUp; round < rounds; round++) {
    for (let turn = 0; turn < ways.length; turn++) {
      const place = (turn + round + warmUp) % ways.length;
      const way = ways[place] as Way;
      const [begun, used] = [performance.now(), process.cpuUsage()];
      let runs = 0;
      let wall = 0;
      do {
        results.add(JSON.stringify(await way.run()));
        runs++;
        wall = performance.now() - begun;
      } while (round >= 0 && wall < TURN);
      const { user, system } = process.cpuUsage(used);
      if (round >= 0) times[place]?.push((by === "cpu" ? (user + system) / 1000 : wall) / runs);
    }
  }
  if (results.size > 1) throw new Error(`${name}: the results differ: ${[...results].join(" and ")}`);
  const [ours = [], ...others] = times;
  return others.map((theirs, index) => {
    const ratios = ours.map((time, round) => time / (theirs[round] as number));
    return {
      work: name,
      against: ways[index + 1]?.name ?? "",
      by,
      ratio: quantile(ratios, 0.5),
      quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
      ours: quantile(ours, 0.5),
      theirs: quantile(theirs, 0.5),
    };
  });
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
