/** A number that a double cannot hold, by its digits. */
class Digits {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** `JSON.parse` that keeps the digits of numbers that a double cannot hold. */
export function parseExactly(text: string): unknown {
  const keep: Reviver = (_, value, { source }) =>
    typeof value === "number" && source !== undefined && !isExact(source) ? new Digits(source) : value;
  return JSON.parse(text, keep as (key: string, value: unknown) => unknown);
}

/** Whether a double gives the digits back, in whatever notation. */
function isExact(source: string): boolean {
  const plain = (text: string) => {
    const [, sign, whole = "", fraction = "", exponent = "0"] =
      /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
    const digits = `${whole}${fraction}`.replace(/^0+/, "");
    const trimmed = digits.replace(/0+$/, "");
    const power = Number(exponent) - fraction.length + digits.length - trimmed.length;
    return trimmed === "" ? "0" : `${sign}${trimmed}e${power}`;
  };
  return plain(source) === plain(String(Number(source)));
}

/**
 * Whether a value is the one expected; an expected number that a double cannot hold may be a `bigint`, a string of its
 * digits, or an object that writes itself as one of these.
 */
export function isSame(expected: unknown, actual: unknown): boolean {
  if (expected instanceof Digits) {
    if (actual instanceof Digits) return actual.source === expected.source;
    if (typeof actual === "bigint" || typeof actual === "string") return String(actual) === expected.source;
    if (typeof actual !== "object" || actual === null) return false;
    return [expected.source, `"${expected.source}"`].includes(JSON.stringify(actual));
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return false;
    return expected.every((item, index) => isSame(item, actual[index]));
  }
  if (typeof expected !== "object" || expected === null) return Object.is(expected, actual);
  if (typeof actual !== "object" || actual === null || Array.isArray(actual)) return false;
  const wanted = Object.entries(expected);
  const found = actual as { readonly [key: string]: unknown };
  return (
    wanted.length === Object.keys(found).length &&
    wanted.every(([key, value]) => Object.hasOwn(found, key) && isSame(value, found[key]))
  );
}
