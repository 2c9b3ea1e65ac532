/**
 * How often a property is tried: the number that fits into `npm test`, or `EXPORTKIT_RUNS` times that.
 * `npm run test:properties` tries all of them often, on new inputs.
 */
export function runs(ordinary: number): number {
  return Math.max(1, Math.round(ordinary * times));
}

/** Default 1. */
export const times = Number(process.env.EXPORTKIT_RUNS ?? "1");
