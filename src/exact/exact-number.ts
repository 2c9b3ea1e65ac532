/** What becomes of a number whose digits a double does not hold, where records are handed over. */
export type IntegerMode = "string" | "bigint" | "number" | "exact";

const MARK = Symbol.for("exportkit.ExactNumber");

// Of some hundred thousand digits it takes so long that everything else waits.
const MOST_DIGITS = 10_000;

let made = 0;

/**
 * A number of a JSON text whose digits do not come back from a double, such as `9007199254740993` or `1e400`. It stands
 * in for the number wherever a provider gets parsed JSON: in `map`, in `identify`, in the `json` of a response. What the
 * caller gets in its place the client's option `integers` says.
 *
 * As a string, and in a template, it is its digits; `JSON.stringify` writes them as a number (as text where they are none
 * in JSON, such as `007`, or the runtime has no `JSON.rawJSON`; all that are supported have it).
 *
 * @example
 * ```ts
 * JSON.stringify({ id: new ExactNumber("9007199254740993") }); // '{"id":9007199254740993}'
 * ```
 */
export class ExactNumber {
  /** The literal as it came. */
  readonly digits: string;
  /** By which it is known, also to another copy of the package. */
  readonly [MARK] = true;

  constructor(digits: string) {
    this.digits = digits;
    made++;
  }

  /** Its digits, as they came. */
  toString(): string {
    return this.digits;
  }

  /** A number of the same digits, where there is one in JSON and the runtime can write it; else their text. */
  toJSON(): unknown {
    const { rawJSON = String } = JSON as { rawJSON?: (text: string) => unknown };
    try {
      return rawJSON(this.digits);
    } catch {
      return this.digits;
    }
  }
}

/**
 * Whether a value is an {@link ExactNumber}, also one of another copy of the package.
 *
 * @example
 * ```ts
 * isExactNumber(numberOf("1e400")); // true
 * ```
 */
export function isExactNumber(value: unknown): value is ExactNumber {
  // That it is a plain object, which most are, shows sooner than that it lacks the mark.
  return (
    typeof value === "object" &&
    value !== null &&
    Object.getPrototypeOf(value) !== Object.prototype &&
    MARK in value
  );
}

/** How many there were so far: what is made while this stands still holds none, and no `-0`. */
export function exactNumbersMade(): number {
  return made;
}

/** Counts `-0` among them: `JSON.stringify` drops its sign, so that the records have to be looked at where they are written. */
export function noteZero(value: number): void {
  if (Object.is(value, -0)) made++;
}

// A double of so many digits is written with an exponent, and an id must not become `1e+22`.
const LONG_WHOLE = /^-?\d{22,}(?:\.0+)?$/;

/**
 * The number of a literal: as a double where that holds its digits.
 *
 * @example
 * ```ts
 * numberOf("0.1"); // 0.1
 * numberOf("9007199254740993"); // new ExactNumber("9007199254740993")
 * ```
 */
export function numberOf(literal: string): number | ExactNumber {
  const value = Number(literal);
  noteZero(value);
  if (LONG_WHOLE.test(literal)) return new ExactNumber(literal);
  const text = String(value);
  return text === literal || areSameDigits(literal, text) ? value : new ExactNumber(literal);
}

/** Whether two literals are the same number, digit by digit. */
export function areSameDigits(one: string, other: string): boolean {
  return significance(one) === significance(other);
}

/** The digits of a literal and their power of ten, in one form for all its notations. */
function significance(literal: string): string | undefined {
  const [, sign, whole = "", fraction = "", exponent = 0] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? [];
  if (sign === undefined) return undefined;
  const digits = (whole + fraction).replace(/^0+/, "");
  const kept = withoutTrailingZeros(digits);
  return kept && `${sign}${kept}e${Number(exponent) - fraction.length + digits.length - kept.length}`;
}

/** What a caller gets in the number's place. */
export function inMode(
  { digits }: ExactNumber,
  mode: Exclude<IntegerMode, "exact">,
): string | bigint | number {
  if (mode === "number") return Number(digits);
  const [whole = ""] =
    mode === "bigint" && digits.length <= MOST_DIGITS ? (/^-?\d+(?=(?:\.0+)?$)/.exec(digits) ?? []) : [];
  return whole ? BigInt(whole) : digits;
}

/** The digits without the zeros at their end. `/0+$/` would take quadratic time over a run of zeros inside. */
export function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === "0") end -= 1;
  return digits.slice(0, end);
}
