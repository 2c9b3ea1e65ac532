import type { RecordDecoder } from "../../provider/contract.js";
import { csv } from "../../provider/decoders.js";
import { isObject, numberOf, parseJson } from "../../provider/values.js";
import { type CellType, cellTypeOf, isTotpPointer } from "./pointers.js";
import { type AuthgearCsvRequest, type Column, columnsOf, headerAsRead, recordColumns } from "./request.js";

type Row = { [header: string]: unknown };

/** Rows keyed by the headers asked for, each cell read by its pointer. */
export function csvRecords(request: AuthgearCsvRequest, includeSecrets: boolean): RecordDecoder<Row> {
  const asked = columnsOf(request);
  const sub = asked.find(({ pointer }) => pointer === "/sub")?.header;
  const identify = (row: Row) =>
    sub !== undefined && typeof row[sub] === "string" ? String(row[sub]) : undefined;
  const decoder = csv<Row>({
    endsRows: true,
    headers: "unique",
    // Of no users there is the header asked for, and a server may add to it.
    isHeader(header) {
      const names = header.map(headerAsRead);
      return asked.every((column) => names.includes(headerAsRead(column.header)));
    },
    blankHeader: asked.length === 1 && asked.every(({ header }) => headerAsRead(header) === ""),
    prepare(header, warn) {
      const bound = bind(header, asked, includeSecrets);
      const columns = bound.map((column, index) =>
        column ? askedReader(column, includeSecrets) : addedReader(header[index] ?? "", includeSecrets),
      );
      const missing = asked.filter((column) => !bound.includes(column)).map((column) => column.header);
      if (missing.length > 0) {
        const names = JSON.stringify(missing).slice(0, 500);
        warn(`the file lacks columns that were asked for, and they are null in every record: ${names}`);
      }
      // Assigned to a fresh record, a column called `__proto__` would become its prototype. A copy has the property already,
      // and is made faster than a record that grows column by column.
      const template: Row = Object.fromEntries(
        columns
          .filter(({ read }) => read !== leftOut)
          .map(({ name }) => name)
          .concat(missing)
          .map((name) => [name, null]),
      );
      return (cells) => {
        const record = { ...template };
        let index = 0;
        for (const { name, read } of columns) {
          const cell = cells[index++];
          // Nothing is `null`, as in the template.
          if (!cell) continue;
          const value = read(cell);
          if (value !== undefined) record[name] = value;
        }
        return record;
      };
    },
    csv: {
      columns: recordColumns(request).map(({ header }) => header),
      complete: true,
    },
  });
  return { ...decoder, identify };
}

/**
 * What was asked for in each of the file's columns; `undefined` for one that the server added. It goes by position: a
 * header's text does not always survive the way to the server and back, and under a changed one secrets would pass for
 * an added column. Where the order is another one, names do only if none of the columns asked for may hold secrets.
 */
function bind(
  header: readonly string[],
  asked: readonly Column[],
  includeSecrets: boolean,
): readonly (Column | undefined)[] {
  const names = header.map(headerAsRead);
  if (asked.every((column, index) => headerAsRead(column.header) === names[index])) {
    return header.map((_, index) => asked[index]);
  }
  const byName = new Map(asked.map((column) => [headerAsRead(column.header), column]));
  const bound = names.map((name) => byName.get(name));
  // A page of some proxy reads as CSV, too.
  if (bound.every((column) => column === undefined)) throw new Error("it has none of the columns asked for");
  if (!includeSecrets && asked.some(({ pointer }) => pointer === "/mfa" || isTotpPointer(pointer))) {
    throw new Error(
      "its columns are not those asked for in their order, so it cannot be told which of them hold TOTP secrets; " +
        "ask without /mfa and /mfa/totps, or with includeSecrets: true",
    );
  }
  return bound;
}

interface CellReader {
  readonly name: string;
  /** The value of a cell that is not empty; `undefined` leaves it out. */
  readonly read: (cell: string) => unknown;
}

const leftOut = () => undefined;

function askedReader({ header: name, pointer }: Column, includeSecrets: boolean): CellReader {
  if (!includeSecrets && isTotpPointer(pointer)) return { name, read: leftOut };
  const read = READERS[cellTypeOf(pointer)];
  const clean = pointer === "/mfa" && !includeSecrets;
  return {
    name,
    read: (cell) => {
      const value = read(cell, name);
      return clean ? withoutTotpsIn(value) : value;
    },
  };
}

/** A column nobody asked for is kept as text, unless its name is the vendor's own for one with secrets. */
function addedReader(name: string, includeSecrets: boolean): CellReader {
  const secret = !includeSecrets && (name === "mfa" || name.startsWith("mfa.totps"));
  return { name, read: secret ? leftOut : (cell) => cell };
}

const READERS: { readonly [Type in CellType]: (cell: string, name: string) => unknown } = {
  string: (cell) => cell,
  boolean(cell, name) {
    if (cell === "true") return true;
    if (cell === "false") return false;
    throw new Error(`column ${name} holds neither true nor false`);
  },
  integer(cell, name) {
    if (!/^-?\d+$/.test(cell)) throw new Error(`column ${name} holds no whole number`);
    // So few digits always fit into a double, which may be a -0.
    return cell.length < 16 && !cell.startsWith("-0") ? Number(cell) : numberOf(cell);
  },
  json(cell, name) {
    try {
      return parseJson(cell);
    } catch (error) {
      // The engine's own message quotes the cell.
      const what =
        (error as Error).name === "SyntaxError" ? "no readable JSON" : "JSON that is nested too deep";
      throw new Error(`column ${name} holds ${what}`);
    }
  },
};

/** What an account holds for a second factor, without its TOTP secrets. */
export function withoutTotpsIn(mfa: unknown): unknown {
  if (!isObject(mfa)) return mfa;
  const { totps: _totps, ...rest } = mfa;
  return rest;
}
