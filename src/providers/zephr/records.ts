import type { CsvLayout, PagedRecords } from "../../provider/contract.js";
import { isExactNumber, isObject, textHash, valueAt } from "../../provider/values.js";
import type { ZephrApiVersion } from "./options.js";
import type { ZephrV4Query } from "./request-v4.js";

type Bag = { readonly [key: string]: unknown };

/** Makes records of items: the item itself, once it is seen to be one. */
export function records(apiVersion: ZephrApiVersion, request: ZephrV4Query): PagedRecords<Bag> {
  return {
    kind: "pages",
    csv: apiVersion === "v3" ? itemLayout : openLayout,
    map: apiVersion === "v3" ? itemOf : recordOf,
    // Events of one user may be the same in all they say.
    ...(!request.eventsExport && { identify: apiVersion === "v3" ? userIdOf : rowOf }),
    unique: apiVersion === "v3",
  };
}

function recordOf(value: unknown): Bag {
  // A row that does not fit its header.
  if (value instanceof Error) throw value;
  if (isObject(value)) return value;
  throw new Error("the item is not an object");
}

function itemOf(value: unknown): Bag {
  const item = recordOf(value);
  if (isObject(item.user)) return item;
  throw new Error("the item has no user");
}

/**
 * What tells the rows of v4 apart: all they hold. There is one row for each subscription, so a user comes more than once.
 * As a hash, because it is stored in checkpoints.
 */
function rowOf(row: Bag): string {
  const text = JSON.stringify(row, (_, value) => (typeof value === "bigint" ? `${value}` : value));
  return `${textHash(text).toString(36)}.${text.length}`;
}

/**
 * What tells users apart: the id, wherever an item has it (the reference's own sample has it in the grants only), else
 * what the user signs in with.
 */
function userIdOf(item: Bag): string | undefined {
  const { user, grants } = item;
  // Nearly every user has one, and all of them are asked.
  if (isObject(user) && typeof user.user_id === "string" && user.user_id !== "") return user.user_id;
  const results = isObject(grants) ? grants.results : undefined;
  const grant: unknown = Array.isArray(results) ? results[0] : undefined;
  const ids = [user, item, grant].map((holder) => (isObject(holder) ? holder.user_id : undefined));
  const id = [...ids, item["user.user_id"]].find(saysWho);
  if (id !== undefined) return String(id);
  const identifiers = isObject(user) && isObject(user.identifiers) ? user.identifiers : {};
  // What is null or empty says nothing of a user, and many may have it.
  return Object.values(identifiers).some(saysWho) ? JSON.stringify(identifiers) : undefined;
}

function saysWho(value: unknown): boolean {
  return typeof value === "string" ? value !== "" : typeof value === "number" || isExactNumber(value);
}

/** The columns in which `encode("csv")` writes items; `attributes`, `foreign_keys` and `grants` as JSON. */
const ITEM_COLUMNS = [
  "user_id",
  "identifiers.email_address",
  "identifiers.username",
  "email_verified",
  "registered",
  "registration_tenant",
  "tracking_id",
  "foreign_keys",
  "attributes",
  "grants",
  "seq-no",
] as const;

/**
 * An item as one flat row: the user's fields under their own names, the identifiers each in a column, the grants without
 * the object around them, and whatever else there is under its own name.
 */
function flatten(item: Bag): Bag {
  const { user, grants, ...others } = item;
  if (!isObject(user)) return item;
  const { identifiers, ...fields } = user;
  const cells: [string, unknown][] = Object.entries(fields);
  if (isObject(identifiers)) {
    for (const [name, value] of Object.entries(identifiers)) cells.push([`identifiers.${name}`, value]);
  } else if (identifiers !== undefined) cells.push(["identifiers", identifiers]);
  if (grants !== undefined) cells.push(["grants", isObject(grants) ? (grants.results ?? grants) : grants]);
  const taken = new Set(cells.map(([name]) => name));
  for (const [name, value] of Object.entries(others)) {
    cells.push([taken.has(name) ? `item.${name}` : name, value]);
  }
  return Object.fromEntries(cells);
}

/** The cell of a column such as `attributes.first_name`: what is the user's goes before what is the item's. */
function cell(item: Bag, column: string): unknown {
  return valueAt(item.user, column);
}

/**
 * Attributes are the tenant's own and differ from user to user, so that no header could be written before the last user
 * was read: they share one column, unless the caller names the ones it wants.
 */
const itemLayout: CsvLayout<Bag> = { columns: ITEM_COLUMNS, flatten, cell };

/** The first record tells the columns: rows have their own header. */
const openLayout: CsvLayout<Bag> = { columns: [], flatten, cell };
