import { ExactNumber, type IntegerMode, inMode, isExactNumber } from "./exact-number.js";

/** An object or list on the way through a record. */
interface Visit {
  readonly value: object;
  readonly entries: readonly (readonly [string, unknown])[];
  next: number;
  copy?: { [key: string]: unknown };
}

/**
 * A record with its exact numbers as the caller wants them. What holds none is returned as it is, what holds some is
 * copied; objects of classes are left alone.
 */
export function withNumbers<T>(record: T, mode: IntegerMode): T {
  if (mode === "exact") return record;
  return convert(record, (value) => (isExactNumber(value) ? inMode(value, mode) : value)) as T;
}

let signedZero: ExactNumber | undefined;

/** A record that is written with the sign of every `-0`; in the same way as by {@link withNumbers}. */
export function withSignedZeros<T>(record: T): T {
  signedZero ??= new ExactNumber("-0");
  return convert(record, (value) => (Object.is(value, -0) ? signedZero : value)) as T;
}

/** Without recursion: a record can be nested deeper than the stack. */
function convert(record: unknown, shownAs: (value: unknown) => unknown): unknown {
  if (!isContainer(record)) return shownAs(record);
  const converted = new Map<object, unknown>();
  const visit = (value: object): Visit => {
    // A record that holds itself ends here.
    converted.set(value, value);
    return { value, entries: Object.entries(value), next: 0 };
  };
  const open = [visit(record)];
  for (let top = open.at(-1); top; top = open.at(-1)) {
    const entry = top.entries[top.next];
    if (!entry) {
      if (top.copy) converted.set(top.value, top.copy);
      open.pop();
      continue;
    }
    const [key, member] = entry;
    if (isContainer(member) && !converted.has(member)) {
      open.push(visit(member));
      continue;
    }
    top.next += 1;
    const shown = isContainer(member) ? converted.get(member) : shownAs(member);
    if (shown === member) continue;
    const { value } = top;
    top.copy ??= (Array.isArray(value) ? [...value] : { ...value }) as { [key: string]: unknown };
    // Copied, it is the object's own, whatever its name.
    top.copy[key] = shown;
  }
  return converted.get(record);
}

function isContainer(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
