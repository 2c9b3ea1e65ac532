import { CLOSE_LIST, CLOSE_OBJECT, JsonToken, OPEN_LIST, OPEN_OBJECT, QUOTE } from "./json-token.js";

const COMMA = 0x2c;
const COLON = 0x3a;

/** What has to come next, outside of values. */
type Expected =
  | "value"
  | "first element"
  | "element"
  | "end of element"
  | "first name"
  | "name"
  | "colon"
  | "other value"
  | "end of member"
  | "nothing";

/** What is being read: an element of the list, a member's name, or a value that nobody wants. */
type TokenKind = "element" | "name" | "other";

/** Why the text cannot be read past the index `at`, in words that complete "the JSON is broken: …". */
export interface JsonFault {
  readonly at: number;
  readonly problem: string;
}

/** Told of the elements of the list, and of names on the way to it; indices are of the text at hand. */
export interface JsonReceiver {
  /** An element, or a name, begins. */
  begin(at: number): void;
  /** Whether what began may reach up to `at`; `false` stops the splitter. */
  admits(at: number): boolean;
  /** An element ends before `at`. */
  end(at: number): void;
}

/**
 * Finds the elements of a list in a JSON document that comes in pieces, without a tree of it: only brackets and quotes are
 * looked at. The list is the document itself, or stands at a path of names in it; whatever else there is, is passed over.
 */
export class JsonSplitter {
  readonly #path: readonly string[];
  #expected: Expected = "value";
  /** The object on the path that is read, from 0; -1 outside of them. */
  #level = -1;
  #hasList = false;
  #hasBegun = false;
  #isOnPath = false;
  readonly #token = new JsonToken();
  #kind: TokenKind | undefined;
  #name = "";

  /** @param isWithin - the text begins in the list, behind one of its elements */
  constructor(path: readonly string[], isWithin: boolean) {
    this.#path = path;
    if (!isWithin) return;
    this.#hasBegun = this.#hasList = true;
    this.#level = path.length - 1;
    this.#expected = "end of element";
  }

  /** Whether the text ends in an element or a name. */
  get isInToken(): boolean {
    return this.#kind === "element" || this.#kind === "name";
  }

  read(text: string, receiver: JsonReceiver): JsonFault | undefined {
    for (let at = 0; at < text.length; ) {
      if (this.#kind !== undefined) {
        const end = this.#token.scan(text, at);
        const isOver = end >= 0;
        if (this.#kind === "name") this.#name += text.slice(at, isOver ? end : undefined);
        if (!isOver) return undefined;
        const problem = this.#endToken(receiver, end);
        if (problem === "stop") return undefined;
        if (problem !== undefined) return { at, problem };
        at = end;
        continue;
      }
      const unit = text.charCodeAt(at);
      if (unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09) {
        at++;
        continue;
      }
      this.#hasBegun = true;
      const problem = this.#take(unit, at, receiver);
      if (problem !== undefined) return { at, problem };
      at++;
    }
    return undefined;
  }

  /** The text is over: what is wrong with that. */
  end(): string | undefined {
    if (!this.#hasBegun) return "there is nothing in it";
    if (this.#expected !== "nothing") return "it ends in the middle of the document";
    return this.#hasList ? undefined : `there is no list at ${this.#shownPath(this.#path.length)}`;
  }

  /** Takes one character outside of tokens; what begins a token is left to be scanned, from the next one on. */
  #take(unit: number, at: number, receiver: JsonReceiver): string | undefined {
    switch (this.#expected) {
      case "value":
        return this.#enter(unit);
      case "first element":
        if (unit === CLOSE_LIST) return this.#leaveList();
        return this.#begin("element", unit, at, receiver);
      case "element":
        return this.#begin("element", unit, at, receiver);
      case "end of element":
        if (unit === CLOSE_LIST) return this.#leaveList();
        this.#expected = "element";
        return unit === COMMA ? undefined : "a comma or the end of the list was expected";
      case "first name":
        if (unit === CLOSE_OBJECT) return this.#leaveObject();
        return this.#beginName(unit, at, receiver);
      case "name":
        return this.#beginName(unit, at, receiver);
      case "colon":
        this.#expected = this.#isOnPath ? "value" : "other value";
        return unit === COLON ? undefined : "a colon was expected";
      case "other value":
        return this.#begin("other", unit, at, receiver);
      case "end of member":
        if (unit === CLOSE_OBJECT) return this.#leaveObject();
        this.#expected = "name";
        return unit === COMMA ? undefined : "a comma or the end of the object was expected";
      case "nothing":
        return "something follows its end";
    }
  }

  /** The document itself, or a value on the path. */
  #enter(unit: number): string | undefined {
    const depth = this.#level + 1;
    if (depth === this.#path.length) {
      if (unit !== OPEN_LIST) return `what stands at ${this.#shownPath(depth)} is not a list`;
      if (this.#hasList) return `there are two lists at ${this.#shownPath(depth)}`;
      this.#hasList = true;
      this.#expected = "first element";
      return undefined;
    }
    if (unit !== OPEN_OBJECT) return `what stands at ${this.#shownPath(depth)} is not an object`;
    this.#level = depth;
    this.#expected = "first name";
    return undefined;
  }

  #leaveList(): undefined {
    this.#expected = this.#level < 0 ? "nothing" : "end of member";
  }

  #leaveObject(): undefined {
    this.#level--;
    this.#expected = this.#level < 0 ? "nothing" : "end of member";
  }

  #beginName(unit: number, at: number, receiver: JsonReceiver): string | undefined {
    if (unit !== QUOTE) return "a name was expected";
    this.#name = '"';
    return this.#begin("name", unit, at, receiver);
  }

  #begin(kind: TokenKind, unit: number, at: number, receiver: JsonReceiver): string | undefined {
    if (!this.#token.begin(unit)) return "a value was expected";
    this.#kind = kind;
    if (kind !== "other") receiver.begin(at);
    return undefined;
  }

  /** @returns what is wrong, or `"stop"` */
  #endToken(receiver: JsonReceiver, end: number): string | undefined {
    const kind = this.#kind;
    this.#kind = undefined;
    if (kind !== "other" && !receiver.admits(end)) return "stop";
    if (kind === "element") {
      this.#expected = "end of element";
      receiver.end(end);
      return undefined;
    }
    this.#expected = kind === "name" ? "colon" : "end of member";
    if (kind !== "name") return undefined;
    try {
      this.#isOnPath = JSON.parse(this.#name) === this.#path[this.#level];
    } catch {
      return "a name is not a string";
    }
    return undefined;
  }

  #shownPath(length: number): string {
    return length === 0 ? "its beginning" : JSON.stringify(this.#path.slice(0, length).join("."));
  }
}
