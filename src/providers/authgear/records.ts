import type { RecordDecoder, RecordKind } from "../../contract/records.js";
import type { ExportJob } from "../../job.js";
import { isObject } from "../../json.js";
import { csv } from "../../records/csv.js";
import { ndjson } from "../../records/ndjson.js";
import {
  type CellOf,
  type CellType,
  cellTypeOf,
  type DEFAULT_POINTERS,
  type HeaderOf,
  isTotpPointer,
} from "./pointers.js";
import { type AuthgearCsvRequest, type AuthgearRequest, columnsOf } from "./request.js";
import { type AuthgearUser, USER_COLUMNS } from "./user.js";

/** The record type by request: the user for NDJSON, a row keyed by the headers asked for for CSV. */
export interface AuthgearRecords extends RecordKind {
  readonly record: this["request"] extends { readonly format: "csv" }
    ? AuthgearCsvRecord<this["request"]>
    : this["request"] extends { readonly format: "ndjson" }
      ? AuthgearUser
      : AuthgearUser | AuthgearCsvRecord<AuthgearCsvRequest>;
}

/** A CSV row: typed by the pointers asked for, `null` where a cell is empty. */
export type AuthgearCsvRecord<Request> = Request extends {
  readonly fields: infer Fields extends readonly unknown[];
}
  ? { readonly [Field in Fields[number] as HeaderFor<Field>]: CellOf<PointerOf<Field>> }
  : "fields" extends keyof Request
    ? { readonly [header: string]: unknown }
    : { readonly [Pointer in DefaultPointer as HeaderOf<Pointer>]: CellOf<Pointer> } & {
        readonly "mfa.totps"?: unknown;
      };

type DefaultPointer = (typeof DEFAULT_POINTERS)[number];
type PointerOf<Field> = Field extends string
  ? Field
  : Field extends { readonly pointer: infer P extends string }
    ? P
    : never;
type HeaderFor<Field> = Field extends { readonly fieldName: infer Name extends string }
  ? Name
  : HeaderOf<PointerOf<Field>>;

/** How the bytes of an export become records. */
export function records(job: ExportJob<string, AuthgearRequest>): RecordDecoder<unknown> {
  const { request } = job;
  const includeSecrets = request.includeSecrets ?? false;
  return request.format === "csv" ? csvRecords(request, includeSecrets) : ndjsonRecords(includeSecrets);
}

function ndjsonRecords(includeSecrets: boolean): RecordDecoder<AuthgearUser> {
  return ndjson<AuthgearUser>({
    map(value) {
      if (!isObject(value) || typeof value.sub !== "string") throw new Error("it has no sub");
      return (includeSecrets ? value : withoutTotps(value)) as AuthgearUser;
    },
    csv: { columns: USER_COLUMNS },
  });
}

function csvRecords(
  request: AuthgearCsvRequest,
  includeSecrets: boolean,
): RecordDecoder<{ [header: string]: unknown }> {
  const pointers = new Map(columnsOf(request).map(({ header, pointer }) => [header, pointer]));
  return csv<{ [header: string]: unknown }>({
    endsRows: true,
    prepare(header) {
      // A page of some proxy reads as CSV, too.
      if (!header.some((name) => pointers.has(name))) throw new Error("it has none of the columns asked for");
      // A column nobody asked for can only be the server's own addition: it is kept as text.
      const columns = header.map((name) => cellReader(name, pointers.get(name), includeSecrets));
      return (cells) => {
        const record: { [header: string]: unknown } = {};
        let index = 0;
        for (const { name, read } of columns) {
          const value = read(cells[index++] ?? "");
          if (value === undefined) continue;
          // Assigned, a column of this name would become the record's prototype.
          if (name === "__proto__") Object.defineProperty(record, name, { value, ...OWN });
          else record[name] = value;
        }
        return record;
      };
    },
    csv: {
      columns: columnsOf(request)
        .filter(({ pointer }) => includeSecrets || !isTotpPointer(pointer))
        .map(({ header }) => header),
      complete: false,
    },
  });
}

const OWN = { enumerable: true, configurable: true, writable: true } as const;

interface CellReader {
  readonly name: string;
  /** The cell's value; `undefined` leaves it out. */
  readonly read: (cell: string) => unknown;
}

function cellReader(name: string, pointer: string | undefined, includeSecrets: boolean): CellReader {
  if (!includeSecrets && (pointer === undefined ? name.startsWith("mfa.totps") : isTotpPointer(pointer))) {
    return { name, read: () => undefined };
  }
  const type = pointer === undefined ? "string" : cellTypeOf(pointer);
  const read = READERS[type];
  const clean = pointer === "/mfa" && !includeSecrets;
  return {
    name,
    read: (cell) => {
      if (cell === "") return null;
      const value = read(cell, name);
      return clean ? withoutTotpsIn(value) : value;
    },
  };
}

const READERS: { readonly [Type in CellType]: (cell: string, name: string) => unknown } = {
  string: (cell) => cell,
  boolean(cell, name) {
    if (cell === "true") return true;
    if (cell === "false") return false;
    throw new Error(`column ${name} holds neither true nor false`);
  },
  integer(cell, name) {
    const number = Number(cell);
    if (!/^-?\d+$/.test(cell) || !Number.isSafeInteger(number))
      throw new Error(`column ${name} holds no whole number`);
    return number;
  },
  json(cell, name) {
    try {
      return JSON.parse(cell);
    } catch {
      throw new Error(`column ${name} holds no readable JSON`);
    }
  },
};

/** The user without `mfa.totps`: the secrets would outlive the export in whatever the records are written to. */
function withoutTotps(user: { readonly [key: string]: unknown }): { readonly [key: string]: unknown } {
  const { mfa } = user;
  return isObject(mfa) && "totps" in mfa ? { ...user, mfa: withoutTotpsIn(mfa) } : user;
}

function withoutTotpsIn(mfa: unknown): unknown {
  if (!isObject(mfa)) return mfa;
  const { totps: _totps, ...rest } = mfa;
  return rest;
}
