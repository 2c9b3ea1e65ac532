/** What becomes of the names in the header row; a list of names stands for the header that a file does not have. */
export type CsvHeaders = "unique" | "keep" | "rename" | readonly string[];

/**
 * Why a first row shows that the text is no CSV at all; `undefined` where it does not.
 *
 * @param hasLoneCr - a CR stands in one of its cells without quotes
 */
export function foreignText(cells: readonly string[], hasLoneCr: boolean): string | undefined {
  const first = (cells[0] ?? "").trimStart();
  if (cells.some((cell) => cell.includes("\0")))
    return "it holds NUL characters, as UTF-16 and damaged files do";
  if (hasLoneCr) return "its lines end in CR alone";
  if (/^<[!?/a-z]/i.test(first)) return "it begins as HTML or XML does";
  const isObject = /^\{\s*("|\}|$)/.test(first);
  const isList = /^\[\s*([{["\]]|$)/.test(first) || (first.startsWith("[") && !first.includes("]"));
  return isObject || isList ? "it begins as JSON does" : undefined;
}

/**
 * Whether a row with nothing below it can be a header, and the file an empty export: a sentence in its place is what some
 * server has to say.
 *
 * @param isClosed - a line end stands behind the row
 */
export function mayBeHeader(cells: readonly string[], isClosed: boolean): boolean {
  const row = cells.join(",").trim();
  if (/[.!?]$/.test(row)) return false;
  if (cells.length === 1) return isClosed && !/\s/.test(row);
  // After a comma prose has a space and several words.
  return !cells.some((cell, index) => index > 0 && /^\s+\S+\s+\S/.test(cell));
}

/** The names that come more than once. */
export function repeatedNames(header: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of header) {
    if (seen.has(name)) twice.add(name);
    seen.add(name);
  }
  return [...twice];
}

/** The header with a number behind each name that came before, and `column_3` for a third column without a name. */
export function renamed(header: readonly string[]): readonly string[] {
  const taken = new Set(header);
  const seen = new Set([""]);
  return header.map((name, index) => {
    let unique = name;
    if (seen.has(name)) {
      const base = name === "" ? `column_${index + 1}` : name;
      unique = name === "" ? base : `${base}_2`;
      for (let number = 2; taken.has(unique) || seen.has(unique); number++) unique = `${base}_${number}`;
    }
    seen.add(unique);
    return unique;
  });
}
