import type { Column } from "./columns.js";
import type { PostgresClient } from "./pool.js";
import type { Row } from "./row-text.js";

/** The part of `pg`'s connection that COPY needs. */
interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Uint8Array): void;
  endCopyFrom(): void;
}

/** Whether a client has what COPY needs: clients of `pg` do, its native ones and look-alikes may not. */
export function canCopy(client: PostgresClient): boolean {
  const { connection } = client as { readonly connection?: Partial<CopyConnection> };
  return typeof connection?.sendCopyFromChunk === "function" && typeof connection.endCopyFrom === "function";
}

const SPECIAL = /[\\\n\r\t]/g;
const ESCAPES: { readonly [sign: string]: string } = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
/** A message of this size is as fast as any. */
const CHUNK_CHARACTERS = 65_536;

/**
 * Appends rows by COPY, as one statement of the transaction. All rows are there before it begins, so that nothing can fail in
 * the middle but at the server, which then says so: no connection is left in the middle of a COPY.
 */
export function copyRows(
  client: PostgresClient,
  table: string,
  columns: readonly Column[],
  rows: readonly Row[],
): Promise<void> {
  const names = columns.map(({ name }) => name).join(", ");
  const text = `COPY ${table} (${names}) FROM STDIN`;
  return new Promise((resolve, reject) => {
    // `pg` calls these where it would call those of a query of its own.
    const statement = {
      /** Is replaced by `pg` where a query has a time limit. */
      callback: (_error?: unknown) => {},
      submit: (connection: CopyConnection) => connection.query(text),
      handleCopyInResponse(connection: CopyConnection) {
        for (const chunk of chunksOf(rows)) connection.sendCopyFromChunk(Buffer.from(chunk));
        connection.endCopyFrom();
      },
      handleCommandComplete() {},
      handleReadyForQuery() {
        statement.callback();
        resolve();
      },
      handleError(error: unknown) {
        statement.callback(error);
        reject(error);
      },
    };
    const submit = client.query as unknown as (statement: object) => unknown;
    submit.call(client, statement);
  });
}

function* chunksOf(rows: readonly Row[]): Generator<string> {
  let text = "";
  for (const row of rows) {
    for (let index = 0; index < row.length; index++) {
      const value = row[index];
      if (index > 0) text += "\t";
      text += typeof value === "string" ? value.replace(SPECIAL, (sign) => ESCAPES[sign] ?? sign) : "\\N";
    }
    text += "\n";
    if (text.length >= CHUNK_CHARACTERS) {
      yield text;
      text = "";
    }
  }
  if (text !== "") yield text;
}
