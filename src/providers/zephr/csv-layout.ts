import type { CsvLayout } from "../../contract/records.js";
import { isObject } from "../../json.js";

type Bag = { readonly [key: string]: unknown };

/** The columns in which `encode("csv")` writes items; `attributes`, `foreign_keys` and `grants` as JSON. */
export const ITEM_COLUMNS = [
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
export function flatten(item: Bag): Bag {
  const { user, grants, ...others } = item;
  if (!isObject(user)) return item;
  const { identifiers, ...fields } = user;
  const cells: [string, unknown][] = Object.entries(fields);
  if (isObject(identifiers)) {
    for (const [name, value] of Object.entries(identifiers)) cells.push([`identifiers.${name}`, value]);
  }
  if (grants !== undefined) cells.push(["grants", isObject(grants) ? (grants.results ?? grants) : grants]);
  const taken = new Set(cells.map(([name]) => name));
  for (const [name, value] of Object.entries(others)) {
    cells.push([taken.has(name) ? `item.${name}` : name, value]);
  }
  return Object.fromEntries(cells);
}

/** The cell of a column such as `attributes.first_name`: a path into the user, or else into the item. */
export function cell(item: Bag, column: string): unknown {
  return valueAt(item.user, column) ?? valueAt(item, column);
}

// A key may contain dots itself, so the longest one wins.
function valueAt(value: unknown, path: string): unknown {
  if (!isObject(value)) return undefined;
  if (Object.hasOwn(value, path)) return value[path];
  for (let dot = path.lastIndexOf("."); dot > 0; dot = path.lastIndexOf(".", dot - 1)) {
    const head = path.slice(0, dot);
    if (Object.hasOwn(value, head)) return valueAt(value[head], path.slice(dot + 1));
  }
  return undefined;
}

/**
 * Attributes are the tenant's own and differ from user to user, so that no header could be written before the last user
 * was read: they share one column, unless the caller names the ones it wants.
 */
export const itemLayout: CsvLayout<Bag> = { columns: ITEM_COLUMNS, flatten, cell };

/** The first record tells the columns: rows have their own header. */
export const openLayout: CsvLayout<Bag> = { columns: [], flatten, cell };
