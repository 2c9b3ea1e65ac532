/**
 * What a path such as `address.country` or `roles.0` leads to; `undefined` where there is nothing. A key may contain
 * dots itself, so the longest one that leads anywhere wins.
 *
 * @example
 * ```ts
 * valueAt({ address: { country: "CH" }, roles: ["admin"] }, "address.country"); // "CH"
 * ```
 */
export function valueAt(value: unknown, path: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  if (isMember(value, path)) return (value as { readonly [key: string]: unknown })[path];
  for (let dot = path.lastIndexOf("."); dot > 0; dot = path.lastIndexOf(".", dot - 1)) {
    const head = path.slice(0, dot);
    if (!isMember(value, head)) continue;
    const found = valueAt((value as { readonly [key: string]: unknown })[head], path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

// A list's `length` is its own property, but nothing that was exported.
function isMember(value: object, key: string): boolean {
  return Object.hasOwn(value, key) && (!Array.isArray(value) || /^\d+$/.test(key));
}
