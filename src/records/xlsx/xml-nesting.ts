import { beyondLimit } from "../zip/archive-error.js";
import { notWellFormed, type XmlTag } from "./xml-tag.js";

const maxDepth = 256;

/** The open elements of a document, and how far down they are shown. */
export class XmlNesting {
  readonly #label: string;
  readonly #raw: string[] = [];
  readonly #local: string[] = [];
  #hadRoot = false;
  /** The namespace of the root, and the length of its prefix. */
  #own: string | undefined;
  #prefixLength = 0;
  /** How many of the open elements stand for their content only. */
  #transparent = 0;
  /** Elements deeper than this are passed over. */
  #visible = Number.POSITIVE_INFINITY;

  constructor(label: string) {
    this.#label = label;
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
  open(raw: string, local: string, tag: XmlTag): boolean {
    const isOffer =
      local === "AlternateContent" ||
      ((local === "Choice" || local === "Fallback") && this.innermost.endsWith("AlternateContent"));
    const isForeign = raw.length - local.length !== this.#prefixLength && !isOffer && this.#isForeign(tag);
    const isTransparent = isOffer || isForeign;
    if (this.isComplete) throw notWellFormed(this.#label, "it has two roots");
    if (this.#raw.length >= maxDepth) {
      throw beyondLimit(maxDepth, `${this.#label} nests elements deeper than ${maxDepth}.`);
    }
    if (!this.#hadRoot) this.#beginRoot(tag);
    this.#raw.push(raw);
    this.#local.push(isTransparent ? "" : local);
    if (isTransparent) this.#transparent++;
    const isShown = this.#raw.length <= this.#visible && !isTransparent;
    if (isForeign || (isOffer && local === "Choice")) this.hideContent();
    return isShown;
  }

  #beginRoot(tag: XmlTag): void {
    this.#hadRoot = true;
    this.#own = tag.namespace();
    this.#prefixLength = tag.raw.length - tag.local.length;
  }

  /** Told only of elements that are written otherwise than the root. One whose namespace nothing tells is the document's own. */
  #isForeign(tag: XmlTag): boolean {
    const namespace = this.#hadRoot ? tag.namespace() : undefined;
    return Boolean(this.#own && namespace) && namespace !== this.#own;
  }

  /** @returns the local name of the element closed, where it is shown */
  close(): string | undefined {
    const depth = this.#raw.length;
    this.#raw.pop();
    const local = this.#local.pop();
    if (local === "") this.#transparent--;
    if (depth > this.#visible) return undefined;
    if (depth === this.#visible) this.#visible = Number.POSITIVE_INFINITY;
    return local === "" ? undefined : local;
  }
}
