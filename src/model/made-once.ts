/**
 * What a function makes, made when it is first asked for and kept: nothing may be made at import, and a schema takes longer
 * to be made than to check a value.
 */
export function madeOnce<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
