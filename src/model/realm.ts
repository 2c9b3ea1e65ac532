// A test environment, a frame and a `vm` context each have built-in classes of their own: `instanceof` says no of what comes
// from another one.

/** Whether a value is an error, of whatever realm. */
export function isError(value: unknown): value is Error {
  return typeof value === "object" && value !== null && typeof (value as Partial<Error>).message === "string";
}

/**
 * Whether a value is a `Date`, of whatever realm.
 *
 * @example
 * ```ts
 * isDate(new Date()); // true
 * ```
 */
export function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === "[object Date]";
}
