import { beyondLimit } from "../zip/archive-error.js";
import type { XmlNamespaces } from "./xml-namespaces.js";
import { notWellFormed, standsAt, type XmlTag } from "./xml-tag.js";

const maxDepth = 256;

/** The open elements of a document, and how far down they are shown. */
export class XmlNesting {
  readonly #label: string;
  readonly #raw: string[] = [];
  readonly #local: string[] = [];
  readonly #namespaces: XmlNamespaces;
  #hadRoot = false;
  /** The root's prefix, with its colon, and its namespace. */
  #prefix = "";
  #own: string | undefined;
  /** How many of the open elements stand for their content only. */
  #transparent = 0;
  /** Elements deeper than this are passed over. */
  #visible = Number.POSITIVE_INFINITY;

  constructor(label: string, namespaces: XmlNamespaces) {
    this.#label = label;
    this.#namespaces = namespaces;
  }

  get depth(): number {
    return this.#raw.length - this.#transparent;
  }

  /** The innermost element's name as written; `""` outside of the root. */
  get innermost(): string {
    return this.#raw[this.#raw.length - 1] ?? "";
  }

  /** The local name of the element around the innermost one. */
  get parent(): string | undefined {
    let at = this.#local.length - 2;
    // Those that stand for their content have no name here.
    while (this.#local[at] === "") at--;
    return this.#local[at];
  }

  /** Whether the text of the innermost element is shown. */
  get showsText(): boolean {
    return this.#raw.length > 0 && this.#raw.length < this.#visible;
  }

  get isComplete(): boolean {
    return this.#hadRoot && this.#raw.length === 0;
  }

  /** Hides what is inside the innermost element. */
  hideContent(): void {
    this.#visible = Math.min(this.#visible, this.#raw.length);
  }

  /**
   * Of what a document offers in several versions (ECMA-376 part 3), the one for readers without extensions is shown, as
   * if it stood there alone. What is of another namespace than the root means nothing here and is passed over.
   *
   * @returns whether the element is shown
   * @throws ExportError `DECODE_FAILED`, `LIMIT_EXCEEDED`
   */
  open({ raw, local, declared }: XmlTag): boolean {
    if (declared) this.#namespaces.open(declared, this.#raw.length + 1);
    const isOffer =
      local === "AlternateContent" ||
      ((local === "Choice" || local === "Fallback") && this.innermost.endsWith("AlternateContent"));
    const isForeign = !isOffer && this.#hadRoot && this.#isForeign(raw, raw.length - local.length);
    const isTransparent = isOffer || isForeign;
    if (this.isComplete) throw notWellFormed(this.#label, "it has two roots");
    if (this.#raw.length >= maxDepth) {
      throw beyondLimit(maxDepth, `${this.#label} nests elements deeper than ${maxDepth}.`);
    }
    if (!this.#hadRoot) {
      this.#hadRoot = true;
      this.#prefix = raw.slice(0, raw.length - local.length);
      this.#own = this.#namespaceOf(this.#prefix);
    }
    this.#raw.push(raw);
    this.#local.push(isTransparent ? "" : local);
    if (isTransparent) this.#transparent++;
    const isShown = this.#raw.length <= this.#visible && !isTransparent;
    if (isForeign || (isOffer && local === "Choice")) this.hideContent();
    return isShown;
  }

  /** An element whose namespace nothing tells is the document's own. */
  #isForeign(raw: string, prefixLength: number): boolean {
    // Nearly all are written as the root is, and within it nothing is declared.
    const prefix = this.#prefix;
    const isUsual = prefixLength === prefix.length && standsAt(prefix, raw, 0);
    if (isUsual && this.#namespaces.levels < 2) return false;
    const namespace = this.#namespaceOf(raw.slice(0, prefixLength));
    return Boolean(this.#own && namespace) && namespace !== this.#own;
  }

  #namespaceOf(prefix: string): string | undefined {
    return this.#namespaces.get(prefix.slice(0, -1));
  }

  /** @returns the local name of the element closed, where it is shown */
  close(): string | undefined {
    const depth = this.#raw.length;
    this.#raw.pop();
    const local = this.#local.pop();
    if (local === "") this.#transparent--;
    this.#namespaces.close(depth);
    if (depth > this.#visible) return undefined;
    if (depth === this.#visible) this.#visible = Number.POSITIVE_INFINITY;
    return local === "" ? undefined : local;
  }
}
