/**
 * What random inputs of tests begin with: `EXPORTKIT_SEED`, a whole number or `random`. The default is always the same, so
 * that a red test is the doing of a change and not of chance; searching for new inputs is a run of its own.
 */
export const seed = seedOf(process.env.EXPORTKIT_SEED ?? "20260101");

function seedOf(text: string): number {
  const number = text === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(text);
  if (Number.isSafeInteger(number)) return number;
  throw new TypeError("EXPORTKIT_SEED must be a whole number or the word random");
}
