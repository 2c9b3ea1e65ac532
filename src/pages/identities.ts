/** What makes a record the same as another; `undefined` where it cannot be told. */
export type Identity = string | undefined;

/** Whether the same records stand on two pages, in whatever order. */
export function isSameSet(one: readonly Identity[], other: readonly Identity[]): boolean {
  return one.length === other.length && [...one].sort().join("\n") === [...other].sort().join("\n");
}

/** Whether a page has one of these records. */
export function hasAny(page: readonly Identity[], records: ReadonlySet<Identity>): boolean {
  return records.size > 0 && page.some((id) => id !== undefined && records.has(id));
}

/**
 * One table for the pages remembered and those under way: which identities were met. Hardly any two pages share one, and
 * that is seen by looking at each page once, however many others there are. A page is known by its list.
 */
export class MetIdentities {
  #met = new Set<string>();
  #pages = new WeakSet<readonly Identity[]>();
  #apart = new WeakSet<readonly Identity[]>();

  get size(): number {
    return this.#met.size;
  }

  /** Whether a page shares no record with any other that was met. `false` does not prove that it does. */
  isApart(page: readonly Identity[]): boolean {
    if (this.#pages.has(page)) return this.#apart.has(page);
    this.#pages.add(page);
    const met = this.#met;
    let most = met.size;
    for (const id of page) {
      if (id === undefined) continue;
      most++;
      met.add(id);
    }
    // Which page it shares one with is not known, so that none is taken to be apart any more.
    if (met.size < most) this.#apart = new WeakSet();
    else this.#apart.add(page);
    return met.size === most;
  }

  /** Forgets every page but these. Others that are still under way are met again when they are asked about. */
  keep(pages: readonly (readonly string[])[]): void {
    this.#met = new Set();
    this.#pages = new WeakSet();
    this.#apart = new WeakSet();
    for (const page of pages) for (const id of page) this.#met.add(id);
  }
}
