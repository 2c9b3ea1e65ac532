/** A value as it comes back from a store. */
export function stored<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
