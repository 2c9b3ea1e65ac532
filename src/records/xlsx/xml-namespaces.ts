/** What the prefixes of a document stand for. What an element declares ends with it. */
export class XmlNamespaces {
  readonly #known = new Map<string, string>();
  /** For each open element that declares any: how deep it is, and what its prefixes stood for before. */
  readonly #outer: { readonly depth: number; readonly names: ReadonlyMap<string, string | undefined> }[] = [];

  /** How many of the open elements declare any. */
  get levels(): number {
    return this.#outer.length;
  }

  get(prefix: string): string | undefined {
    return this.#known.get(prefix);
  }

  open(declared: ReadonlyMap<string, string>, depth: number): void {
    const names = new Map<string, string | undefined>();
    for (const [prefix, namespace] of declared) {
      names.set(prefix, this.#known.get(prefix));
      this.#known.set(prefix, namespace);
    }
    this.#outer.push({ depth, names });
  }

  close(depth: number): void {
    if (this.#outer[this.#outer.length - 1]?.depth !== depth) return;
    for (const [prefix, namespace] of this.#outer.pop()?.names ?? []) {
      if (namespace === undefined) this.#known.delete(prefix);
      else this.#known.set(prefix, namespace);
    }
  }
}
