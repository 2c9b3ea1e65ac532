/** A record as `csv()` makes it on its own: the cells by column name, all of them strings. */
export type CsvRecord = { readonly [column: string]: string };

/** Makes records of cells. Every name, `__proto__` too, becomes an own property. */
export function prepareRecord(header: readonly string[]): (cells: readonly string[]) => CsvRecord {
  // Assigning to `__proto__` or `constructor` of a fresh object reaches its prototype. A copy of a template has the
  // own property already, and is made faster than an object that grows key by key.
  const template: Record<string, string> = Object.fromEntries(header.map((name) => [name, ""]));
  return (cells) => {
    const record = { ...template };
    for (let index = 0; index < header.length; index++) {
      record[header[index] as string] = cells[index] as string;
    }
    return record;
  };
}
