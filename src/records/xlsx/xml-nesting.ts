import { beyondLimit } from "../zip/archive-error.js";
import type { XmlNamespaces } from "./xml-namespaces.js";
import { XmlOffer } from "./xml-offer.js";
import { notWellFormed, type XmlTag } from "./xml-tag.js";

const maxDepth = 256;
/** Deeper than any element. */
const BOTTOM = maxDepth + 1;

/** The open elements of a document, and how far down they are shown. */
export class XmlNesting {
  readonly offer = new XmlOffer();
  readonly #label: string;
  readonly #raw: string[] = [];
  readonly #local: string[] = [];
  readonly #namespaces: XmlNamespaces;
  #hadRoot = false;
  /** The root's prefix, with its colon, and its namespace. */
  #prefix: string | undefined;
  #own: string | undefined;
  /** How many of the open elements stand for their content only. */
  #transparent = 0;
  /** Elements deeper than this are passed over. */
  #visible = BOTTOM;

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

  /** Whether the innermost element is an offer of which nothing was taken. */
  get isAtOffer(): boolean {
    return this.#raw.length === this.#visible && this.offer.isUndecided;
  }

  /** Hides what is inside the innermost element. */
  hideContent(): void {
    this.#visible = Math.min(this.#visible, this.#raw.length);
  }

  /**
   * Of what a document offers in several versions one is shown, as if it stood there alone. What is of another namespace
   * than the root means nothing here and is passed over.
   *
   * @param end - where its tag ends
   * @returns whether the element is shown
   * @throws ExportError `DECODE_FAILED`, `LIMIT_EXCEEDED`
   */
  open(tag: XmlTag, end: number): boolean {
    const { raw, local, prefix, declared } = tag;
    if (declared) this.#namespaces.open(declared, this.#raw.length + 1);
    // Nearly all names are shorter than any of these.
    const isLong = local.length > 5;
    const isOffer = isLong && local === "AlternateContent";
    const isVersion =
      isLong && (local === "Choice" || local === "Fallback") && this.innermost.endsWith("AlternateContent");
    if (this.isComplete) throw notWellFormed(this.#label, "it has two roots");
    if (this.#raw.length >= maxDepth) {
      throw beyondLimit(maxDepth, `${this.#label} nests elements deeper than ${maxDepth}.`);
    }
    this.#hadRoot = true;
    const isOwn = !isVersion && !isOffer && this.#isOwn(prefix);
    this.#raw.push(raw);
    this.#local.push(isOwn ? local : "");
    const depth = this.#raw.length;
    if (isOwn) return depth <= this.#visible;
    this.#transparent++;
    if (isVersion) {
      if (depth - 1 === this.#visible && this.offer.takes(local === "Fallback" || this.#isForAll(tag)))
        this.#visible = BOTTOM;
    } else if (depth <= this.#visible) {
      this.hideContent();
      if (isOffer) this.offer.begin(end, this.#transparent >> 1);
    }
    return false;
  }

  /** Goes back to the begin of an offer, of which the first version is taken then. */
  takeFirst(): number {
    while (this.#raw.length > this.#visible) this.close();
    return this.offer.takeFirst();
  }

  /** An element whose namespace nothing tells is the document's own. */
  #isOwn(prefix: string): boolean {
    if (this.#prefix === undefined) {
      this.#prefix = prefix;
      this.#own = this.#namespaceOf(prefix);
    }
    // Nearly all are written as the root is, and within it nothing is declared.
    if (prefix === this.#prefix && this.#namespaces.depth < 2) return true;
    const namespace = this.#namespaceOf(prefix);
    return !this.#own || !namespace || namespace === this.#own;
  }

  /** Whether a version needs nothing but the namespace of the root. */
  #isForAll(version: XmlTag): boolean {
    const needed = version.attribute("Requires", false)?.match(/\S+/g);
    return Boolean(this.#own && needed?.every((prefix) => this.#namespaces.get(prefix) === this.#own));
  }

  #namespaceOf(prefix: string): string | undefined {
    return this.#namespaces.get(prefix.slice(0, -1));
  }

  /** @returns the local name of the element closed, where it is shown */
  close(): string | undefined {
    const depth = this.#raw.length;
    this.#raw.pop();
    const local = this.#local.pop();
    if (local === "") {
      this.#transparent--;
      // With the version taken, the rest of the offer is passed over.
      if (depth < this.#visible) this.#visible = depth - 1;
    }
    if (depth === this.#namespaces.depth) this.#namespaces.close();
    if (depth > this.#visible) return undefined;
    if (depth === this.#visible) {
      this.#visible = BOTTOM;
      this.offer.settle();
    }
    return local === "" ? undefined : local;
  }
}
