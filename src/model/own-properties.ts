/**
 * The object's own properties, on no prototype: what some other part of the program has put on `Object.prototype` must
 * neither be taken for an option nor be refused as one. Lists, functions and everything that is not an object stay as
 * they are. A built-in object that has none, such as a promise, a `Date` or an `AbortSignal`, was given by mistake: it
 * becomes its name as text, which no schema takes for options.
 *
 * @example
 * ```ts
 * ownProperties({ apiKey: "k" }); // { apiKey: "k" }
 * "toString" in ownProperties({ apiKey: "k" }); // false
 * ```
 */
export function ownProperties<T>(value: T): T {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const own = Object.assign(Object.create(null), value);
  const kind = Object.prototype.toString.call(value);
  return kind === "[object Object]" || Object.keys(own).length > 0 ? own : (kind as T);
}

/**
 * Runs what goes through objects by `for … in`, as zod does with tables of its own, while nothing on `Object.prototype` is
 * enumerable: one such property, from an old library, would break every schema. All of it is put back before anybody else
 * runs; where there is none, which is nearly everywhere, this is a call.
 *
 * @example
 * ```ts
 * const schema = unpolluted(() => z.strictObject({ year: z.number() }));
 * ```
 */
export function unpolluted<T>(run: () => T): T {
  const found: [string, PropertyDescriptor][] = [];
  for (const name in {}) {
    const descriptor = Object.getOwnPropertyDescriptor(Object.prototype, name);
    if (descriptor?.configurable) found.push([name, descriptor]);
  }
  try {
    for (const [name, descriptor] of found) {
      Object.defineProperty(Object.prototype, name, { ...descriptor, enumerable: false });
    }
    return run();
  } finally {
    for (const [name, descriptor] of found) Object.defineProperty(Object.prototype, name, descriptor);
  }
}
