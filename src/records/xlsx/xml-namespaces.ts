/** What the prefixes of a document stand for. What an element declares ends with it. */
export class XmlNamespaces {
  readonly #known = new Map<string, string>();
  /** For each open element that declares any: what its prefixes stood for before, and how deep the one before is. */
  readonly #outer: { readonly depth: number; readonly names: ReadonlyMap<string, string | undefined> }[] = [];
  #depth = 0;

  /** How deep the innermost of the open elements is that declare any; 0 where none does. */
  get depth(): number {
    return this.#depth;
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
    this.#outer.push({ depth: this.#depth, names });
    this.#depth = depth;
  }

  /** That element ends. */
  close(): void {
    const outer = this.#outer.pop();
    this.#depth = outer?.depth ?? 0;
    for (const [prefix, namespace] of outer?.names ?? []) {
      if (namespace === undefined) this.#known.delete(prefix);
      else this.#known.set(prefix, namespace);
    }
  }
}
