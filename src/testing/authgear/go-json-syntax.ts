/** Why Go's `encoding/json` refuses a text. */
export type JsonFault =
  /** The text ends before its value does. */
  | { readonly kind: "cut" }
  /** `offset` counts the bytes read up to and with the one that cannot stand there. */
  | { readonly kind: "syntax"; readonly offset: number; readonly message: string };

/** Takes one byte; answers where it cannot stand, as Go words it, or `undefined` where it can. */
type Step = (byte: number) => string | undefined;

const deepest = 10_000;
const tooDeep = "exceeded max depth";
const code = (character: string) => character.charCodeAt(0);
const isSpace = (byte: number) => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;
const isHex = (byte: number) => /[0-9a-fA-F]/.test(String.fromCharCode(byte));

/** Reads a text as Go does, byte by byte; `undefined` for sound JSON. */
export function jsonFault(bytes: Uint8Array): JsonFault | undefined {
  /** What is open, from the outside in: an object before its colon, an object after it, an array. */
  const open: ("key" | "value" | "array")[] = [];
  let step: Step = beginValue;
  let ended = false;

  function enter(kind: "key" | "array", next: Step): string | undefined {
    open.push(kind);
    step = next;
    return open.length > deepest ? tooDeep : undefined;
  }
  function leave(): undefined {
    open.pop();
    step = endValue;
    ended = open.length === 0;
  }
  function become(next: Step): undefined {
    step = next;
  }

  function beginValue(byte: number): string | undefined {
    if (isSpace(byte)) return undefined;
    if (byte === code("{")) return enter("key", beginKeyOrEnd);
    if (byte === code("[")) return enter("array", beginValueOrEnd);
    if (byte === code('"')) return become(inString);
    if (byte === code("-")) return become(afterMinus);
    if (byte === code("0")) return become(afterZero);
    if (isDigit(byte)) return become(inDigits);
    const literal = ["true", "false", "null"].find((word) => code(word) === byte);
    return literal === undefined ? "looking for beginning of value" : become(inLiteral(literal, 1));
  }
  function beginValueOrEnd(byte: number): string | undefined {
    return byte === code("]") ? leave() : isSpace(byte) ? undefined : beginValue(byte);
  }
  function beginKey(byte: number): string | undefined {
    if (isSpace(byte)) return undefined;
    return byte === code('"') ? become(inString) : "looking for beginning of object key string";
  }
  function beginKeyOrEnd(byte: number): string | undefined {
    return byte === code("}") ? leave() : beginKey(byte);
  }
  function endValue(byte: number): string | undefined {
    ended = open.length === 0;
    if (isSpace(byte)) return undefined;
    switch (open.at(-1)) {
      case undefined:
        return "after top-level value";
      case "key":
        if (byte !== code(":")) return "after object key";
        open[open.length - 1] = "value";
        return become(beginValue);
      case "value":
        if (byte === code("}")) return leave();
        if (byte !== code(",")) return "after object key:value pair";
        open[open.length - 1] = "key";
        return become(beginKey);
      case "array":
        if (byte === code("]")) return leave();
        return byte === code(",") ? become(beginValue) : "after array element";
    }
  }

  function inString(byte: number): string | undefined {
    if (byte === code('"')) {
      ended = open.length === 0;
      return become(endValue);
    }
    if (byte === code("\\")) return become(inEscape);
    return byte < 0x20 ? "in string literal" : undefined;
  }
  function inEscape(byte: number): string | undefined {
    if (byte === code("u")) return become(inHex(4));
    return '"\\/bfnrt'.includes(String.fromCharCode(byte)) ? become(inString) : "in string escape code";
  }
  function inHex(left: number): Step {
    return (byte) => {
      if (!isHex(byte)) return "in \\u hexadecimal character escape";
      return become(left === 1 ? inString : inHex(left - 1));
    };
  }
  function inLiteral(word: string, at: number): Step {
    return (byte) => {
      const expected = word[at] ?? "";
      if (byte !== code(expected)) return `in literal ${word} (expecting '${expected}')`;
      ended = at === word.length - 1 && open.length === 0;
      return become(at === word.length - 1 ? endValue : inLiteral(word, at + 1));
    };
  }

  function afterMinus(byte: number): string | undefined {
    if (byte === code("0")) return become(afterZero);
    return isDigit(byte) ? become(inDigits) : "in numeric literal";
  }
  function inDigits(byte: number): string | undefined {
    return isDigit(byte) ? undefined : afterZero(byte);
  }
  function afterZero(byte: number): string | undefined {
    if (byte === code(".")) return become(afterPoint);
    return afterFraction(byte);
  }
  function afterPoint(byte: number): string | undefined {
    return isDigit(byte) ? become(inFraction) : "after decimal point in numeric literal";
  }
  function inFraction(byte: number): string | undefined {
    return isDigit(byte) ? undefined : afterFraction(byte);
  }
  function afterFraction(byte: number): string | undefined {
    if (byte === code("e") || byte === code("E")) return become(inExponent);
    step = endValue;
    return endValue(byte);
  }
  function inExponent(byte: number): string | undefined {
    return byte === code("+") || byte === code("-") ? become(inExponentSign) : inExponentSign(byte);
  }
  function inExponentSign(byte: number): string | undefined {
    return isDigit(byte) ? become(inExponentDigits) : "in exponent of numeric literal";
  }
  function inExponentDigits(byte: number): string | undefined {
    if (isDigit(byte)) return undefined;
    step = endValue;
    return endValue(byte);
  }

  for (const [index, byte] of bytes.entries()) {
    const place = step(byte);
    if (place === undefined) continue;
    const message = place === tooDeep ? tooDeep : `invalid character ${quoted(byte)} ${place}`;
    return { kind: "syntax", offset: index + 1, message };
  }
  // A number at the top ends with the text.
  if (!ended && open.length === 0) step(0x20);
  return ended ? undefined : { kind: "cut" };
}

/** A byte as Go quotes it: on its own, whatever character it is a part of. */
function quoted(byte: number): string {
  const character = String.fromCharCode(byte);
  if (character === "'") return "'\\''";
  if (character === '"') return `'"'`;
  const escapes: { readonly [character: string]: string } = {
    "\u0007": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    "\\": "\\\\",
  };
  const hex = byte.toString(16).padStart(2, "0");
  const printable = byte >= 0x20 && byte !== 0x7f && !(byte >= 0x80 && byte <= 0xa0) && byte !== 0xad;
  return `'${escapes[character] ?? (printable ? character : byte < 0x80 ? `\\x${hex}` : `\\u00${hex}`)}'`;
}
