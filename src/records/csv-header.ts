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
  if (/^<[!?/a-z]/i.test(first)) return "it begins like HTML or XML";
  const isObject = /^\{\s*("|\}|$)/.test(first);
  const isList = /^\[\s*([{["\]]|$)/.test(first) || (first.startsWith("[") && !first.includes("]"));
  return isObject || isList ? "it begins as JSON does" : undefined;
}

// What servers say in place of a file, where it is not said in a sentence.
const REFUSAL =
  /^(errors?|message|status|forbidden|unauthori[sz]ed|access denied|denied|not found|no (data|content|records?|results?|rows|users)|invalid|bad request|fail(ed|ure)?|exception|fault|sorry|too many|rate limit|service unavailable|unavailable|internal|bad gateway|gateway|time(d )?out|expired|null|ok)\b/i;

// What stands in the rows of a table, and in no header: JSON, URLs, addresses, times and random ids.
const VALUE =
  /^(["{].*|\[["{[\d].*|null|true|false|undefined|nan|https?:.*|[^\s@]+@[^\s@]+\.\w+|\d{4}-\d\d-\d\d[T ]\d.*|[\da-f]{8}-[\da-f-]{27})$/i;

const NUMBER = /^\s*[-+]?\d/;

// What records are told apart by: `id`, `user_id`, `User ID`, `userId`, `identifiers.email_address`.
const IDENTITY = /^([^\W_]*[ ._-])*(id|uuid|e-?mail|e-?mail[ _]?address|user ?name|seq-no)$|^\w+I[dD]$/i;

/** Whether a column has a name by which records are told apart; any other word could be a message. */
export function namesIdentity(column: string): boolean {
  return IDENTITY.test(column.trim()) && !REFUSAL.test(column.trim());
}

// Beside LF, what else some program ends its lines with: NEL and U+2028 among them.
const OTHER_LINE_END = /[^\P{Cc}\t\r\n]|[\u2028\u2029]/u;

/** Whether a row with nothing below it is one line, and no file of several whose ends are not known here. */
export function isOneLine(cells: readonly string[]): boolean {
  return !cells.some((cell) => OTHER_LINE_END.test(cell));
}

/** Whether a row holds what stands in the rows of a table, and names nothing that records are told apart by. */
export function readsAsRow(cells: readonly string[]): boolean {
  return (
    !cells.some(namesIdentity) &&
    (NUMBER.test(cells[0] ?? "") || cells.some((cell) => VALUE.test(cell.trim())))
  );
}

/**
 * Whether a row with nothing below it reads as a header, and the file as an empty export: a message in its place is what
 * some server has to say, and a row without a header would be lost.
 */
export function readsAsHeader(cells: readonly string[]): boolean {
  const names = cells.map((cell) => cell.trim());
  const [first = ""] = names;
  if (names.length === 1) return namesIdentity(first);
  if (/[.!?]$/.test(names.at(-1) ?? "")) return false;
  // Other formats begin like this: PDF, PostScript, RTF.
  if (/^[%{]/.test(first) || !isOneLine(cells)) return false;
  if (NUMBER.test(first) || (names.length < 4 && REFUSAL.test(first))) return false;
  return (
    !cells.some(
      (cell, index) =>
        VALUE.test(cell.trim()) ||
        /:\s|\w=\w/.test(cell) ||
        // After a comma prose has a space and several words.
        (index > 0 && /^\s+\S+\s+\S/.test(cell)) ||
        /^\s*(\S+\s+){7}/.test(cell),
    ) && names.some((name) => name !== "")
  );
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
