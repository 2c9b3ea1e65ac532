/** What makes a record the same as another; `undefined` where it cannot be told. */
export type Identity = string | undefined;

/** How often each identity is among records: hardly any page holds one of them, and that is seen without looking at all. */
export class IdentityCounts {
  readonly #counts = new Map<string, number>();

  add(id: string): void {
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
  }

  remove(id: string): void {
    const count = this.#counts.get(id) ?? 0;
    if (count > 1) this.#counts.set(id, count - 1);
    else this.#counts.delete(id);
  }

  hasAny(identities: readonly Identity[]): boolean {
    return identities.some((id) => id !== undefined && this.#counts.has(id));
  }
}

/** Whether the same records stand on two pages, in whatever order. */
export function isSameSet(one: readonly Identity[], other: readonly Identity[]): boolean {
  return one.length === other.length && [...one].sort().join("\n") === [...other].sort().join("\n");
}
