import { type IntegerMode, inMode, isExactNumber } from "./exact-number.js";

/**
 * A record with its exact numbers as the caller wants them. What holds none is returned as it is, what holds some is
 * copied; objects of classes are left alone.
 */
export function withNumbers<T>(record: T, mode: IntegerMode): T {
  return convert(record, mode, new Map()) as T;
}

function convert(value: unknown, mode: IntegerMode, known: Map<object, unknown>): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isExactNumber(value)) return inMode(value, mode);
  if (known.has(value)) return known.get(value);
  // A record that holds itself ends here.
  known.set(value, value);
  let copy: { [key: string]: unknown } | undefined;
  if (Array.isArray(value) || isPlainObject(value)) {
    for (const [key, member] of Object.entries(value)) {
      const converted = convert(member, mode, known);
      if (converted === member) continue;
      copy ??= (Array.isArray(value) ? [...value] : { ...value }) as { [key: string]: unknown };
      // Copied, it is the object's own, whatever its name.
      copy[key] = converted;
    }
  }
  if (copy) known.set(value, copy);
  return copy ?? value;
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
