/**
 * Where a text stops being JSON: how many bytes were read up to and with the first token that cannot stand there, as
 * Go counts them. `undefined` for sound JSON.
 */
export function syntaxErrorOffset(text: string): number | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    return new TextEncoder().encode(text.slice(0, brokenAt(text) + 1)).byteLength;
  }
}

/** The index of the first character of the first token that is out of place. */
function brokenAt(text: string): number {
  const token =
    // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these in a string
    /[ \t\r\n]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\d.])|true|false|null))/y;
  const open: string[] = [];
  // What may come next: a value, a value or the end of its container, a key, a colon, or a comma or the end.
  let expected: "value" | "first-value" | "key" | "first-key" | "colon" | "next" = "value";
  token.lastIndex = 0;
  for (;;) {
    const from = token.lastIndex;
    const match = token.exec(text);
    if (match === null) return from + (/^[ \t\r\n]*/.exec(text.slice(from))?.[0].length ?? 0);
    const [whole, punctuation = "", value] = match;
    const at = from + whole.length - (value ?? punctuation).length;
    if (value !== undefined) {
      if (expected === "key" || expected === "first-key") {
        if (!value.startsWith('"')) return at;
        expected = "colon";
      } else if (expected === "value" || expected === "first-value") expected = "next";
      else return at;
    } else if (punctuation === "{" || punctuation === "[") {
      if (expected !== "value" && expected !== "first-value") return at;
      open.push(punctuation === "{" ? "}" : "]");
      expected = punctuation === "{" ? "first-key" : "first-value";
    } else if (punctuation === ":") {
      if (expected !== "colon") return at;
      expected = "value";
    } else if (punctuation === ",") {
      if (expected !== "next" || open.length === 0) return at;
      expected = open.at(-1) === "}" ? "key" : "value";
    } else {
      const mayEnd = expected === "next" || expected === (punctuation === "}" ? "first-key" : "first-value");
      if (!mayEnd || open.pop() !== punctuation) return at;
      expected = "next";
    }
  }
}
