import { UsageError } from "./usage-error.js";

const SPANS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZES = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 };

/** `90s`, `30m`, `20h` in ms; throws a {@link UsageError}. */
export function durationMs(option: string, text: string): number {
  const [, count, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return Number(count) * SPANS[unit as keyof typeof SPANS];
  throw new UsageError(`--${option} must be a number with ms, s, m, h or d, such as 30m, and not "${text}"`);
}

/** `64MB` in bytes; throws a {@link UsageError}. */
export function bytesOf(option: string, text: string): number {
  const [, count, unit = "B"] = /^(\d+)(B|KB|MB|GB)?$/i.exec(text) ?? [];
  if (count !== undefined) return Number(count) * SIZES[unit.toUpperCase() as keyof typeof SIZES];
  throw new UsageError(
    `--${option} must be a number of bytes, KB, MB or GB, such as 64MB, and not "${text}"`,
  );
}

export function wholeNumber(option: string, text: string, [least, most]: readonly [number, number]): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`--${option} must be a whole number from ${least} to ${most}, and not "${text}"`);
}
