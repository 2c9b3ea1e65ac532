/** What makes a record the same as another; `undefined` where it cannot be told. */
export type Identity = string | undefined;

/** Whether the same records stand on two pages, in whatever order. */
export function isSameSet(one: readonly Identity[], other: readonly Identity[]): boolean {
  return one.length === other.length && [...one].sort().join("\n") === [...other].sort().join("\n");
}

/** Whether a page has one of these records. */
export function hasAny(page: readonly Identity[], records: ReadonlySet<Identity>): boolean {
  return page.some((id) => id !== undefined && records.has(id));
}

/**
 * One table for the pages remembered and those under way: where each identity was met last. Hardly any two pages share
 * one, and that is seen by looking at each page once, however many others there are. A page is known by its list.
 */
export class MetIdentities {
  #pages = new Map<string, readonly Identity[]>();
  #apart = new WeakMap<readonly Identity[], boolean>();

  get size(): number {
    return this.#pages.size;
  }

  /** Whether a page shares no record with any other that was met. Where it says `false`, the other may be gone. */
  isApart(page: readonly Identity[]): boolean {
    const told = this.#apart.get(page);
    if (told !== undefined) return told;
    let isApart = true;
    for (const id of page) {
      if (id === undefined) continue;
      const other = this.#pages.get(id);
      if (other === page) continue;
      if (other !== undefined) {
        isApart = false;
        this.#apart.set(other, false);
      }
      this.#pages.set(id, page);
    }
    this.#apart.set(page, isApart);
    return isApart;
  }

  /** Forgets every page but these. Others that are still under way are met again when they are asked about. */
  keep(pages: readonly (readonly string[])[]): void {
    this.#pages = new Map();
    this.#apart = new WeakMap();
    for (const page of pages) for (const id of page) this.#pages.set(id, page);
  }
}
