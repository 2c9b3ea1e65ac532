import type { Column } from "./columns.js";
import type { PostgresClient } from "./pool.js";
import type { Row } from "./row-text.js";

/**
 * Inserts rows by one statement, as lists of its columns. With a key a row replaces the one with the same; of several in
 * one batch the last one wins.
 *
 * @param key - quoted
 */
export async function insertRows(
  client: PostgresClient,
  table: string,
  columns: readonly Column[],
  rows: readonly Row[],
  key: readonly string[],
): Promise<void> {
  const names = columns.map(({ name }) => name);
  const given = names.map((_, index) => `c${index}`);
  const values = columns.map(({ type }, index) => `c${index}::${type}`);
  const others = names.filter((name) => !key.includes(name));
  const updates = others.map((name) => `${name} = excluded.${name}`).join(", ");
  const conflict =
    key.length === 0
      ? ""
      : ` ON CONFLICT (${key.join(", ")}) DO ${updates === "" ? "NOTHING" : `UPDATE SET ${updates}`}`;
  const parameters = names.map((_, index) => `$${index + 1}::text[]`);
  const wanted =
    key.length === 0
      ? rows
      : lastByKey(
          rows,
          key.map((name) => names.indexOf(name)),
        );
  await client.query(
    `INSERT INTO ${table} (${names.join(", ")}) SELECT ${values.join(", ")} FROM unnest(${parameters.join(", ")}) AS r(${given.join(", ")})${conflict}`,
    names.map((_, index) => wanted.map((row) => row[index])),
  );
}

/** One statement cannot touch a row twice. */
function lastByKey(rows: readonly Row[], indexes: readonly number[]): readonly Row[] {
  const byKey = new Map(rows.map((row) => [JSON.stringify(indexes.map((index) => row[index])), row]));
  return [...byKey.values()];
}
