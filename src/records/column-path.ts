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
  if (!isContainer(value)) return undefined;
  if (hasMember(value, path)) return value[path];
  for (let dot = dotBefore(path, path.length); dot >= 0; dot = dotBefore(path, dot)) {
    const head = path.slice(0, dot);
    if (!hasMember(value, head)) continue;
    const found = valueAt(value[head], path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * `valueAt` for one path and many values: a name that is cut out of a path for each value has to be looked up by its
 * characters each time.
 */
export function pathReader(path: string): (value: unknown) => unknown {
  const dot = path.indexOf(".");
  // It can be parted in one place only.
  if (dot < 0 || path.includes(".", dot + 1)) return (value) => valueAt(value, path);
  const head = path.slice(0, dot);
  const tail = path.slice(dot + 1);
  return (value) => {
    if (!isContainer(value)) return undefined;
    if (hasMember(value, path)) return value[path];
    const inner = hasMember(value, head) ? value[head] : undefined;
    return isContainer(inner) && hasMember(inner, tail) ? inner[tail] : undefined;
  };
}

/** Where the last dot before an index stands; -1 if there is none. It may be the first character: a name can be empty. */
export function dotBefore(path: string, index: number): number {
  return index === 0 ? -1 : path.lastIndexOf(".", index - 1);
}

type Container = { readonly [key: string]: unknown };

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

// A list's `length` is its own property, but nothing that was exported.
function hasMember(value: Container, key: string): boolean {
  return Object.hasOwn(value, key) && (!Array.isArray(value) || /^\d+$/.test(key));
}
