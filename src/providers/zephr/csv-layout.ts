import type { CsvLayout } from "../../provider/contract.js";
import { isObject, valueAt } from "../../provider/values.js";

type Bag = { readonly [key: string]: unknown };

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
export function flatten(item: Bag): Bag {
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
export const itemLayout: CsvLayout<Bag> = { columns: ITEM_COLUMNS, flatten, cell };

/** The first record tells the columns: rows have their own header. */
export const openLayout: CsvLayout<Bag> = { columns: [], flatten, cell };
