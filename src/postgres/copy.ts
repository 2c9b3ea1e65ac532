import type { Column } from "./columns.js";
import type { PostgresClient } from "./pool.js";
import type { Row } from "./row-text.js";

/** The part of `pg`'s connection that COPY needs. */
interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Uint8Array): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
  readonly stream?: CopyStream | undefined;
}

/** The part of its socket that says when to send more. */
interface CopyStream {
  readonly writableNeedDrain?: boolean;
  once(event: "drain", listener: () => void): unknown;
}

const PARTS = ["query", "sendCopyFromChunk", "endCopyFrom", "sendCopyFail"] as const;

/** Whether a client has what COPY needs: clients of `pg` do, its native ones and look-alikes may not. */
export function canCopy(client: PostgresClient): boolean {
  const { connection } = client as { readonly connection?: Partial<CopyConnection> };
  return PARTS.every((part) => typeof connection?.[part] === "function");
}

/**
 * Appends rows by COPY, as one statement of the transaction. The text of a row is made while the server works on those before
 * it. What fails here in the middle ends the COPY at the server as well: no connection is left in one.
 */
export function copyRows(
  client: PostgresClient,
  table: string,
  columns: readonly Column[],
  rows: Iterable<Row>,
): Promise<void> {
  const names = columns.map(({ name }) => name).join(", ");
  const text = `COPY ${table} (${names}) FROM STDIN`;
  return new Promise((resolve, reject) => {
    let failure: { readonly error: unknown } | undefined;
    let wake = () => {};
    const fail = (error: unknown) => {
      failure ??= { error };
      wake();
    };
    const send = async (connection: CopyConnection) => {
      const { stream } = connection;
      for (const chunk of chunksOf(rows)) {
        connection.sendCopyFromChunk(chunk);
        if (!stream?.writableNeedDrain) continue;
        await new Promise<void>((drained) => {
          wake = drained;
          stream.once("drain", drained);
        });
        if (failure) return;
      }
      connection.endCopyFrom();
    };
    // `pg` calls these where it would call those of a query of its own.
    const statement = {
      /** Is replaced by `pg` where a query has a time limit. */
      callback: (_error?: unknown) => {},
      submit: (connection: CopyConnection) => connection.query(text),
      handleCopyInResponse(connection: CopyConnection) {
        send(connection)
          .catch(fail)
          // To a server that ended the COPY itself it says nothing.
          .then(() => failure && connection.sendCopyFail("the client has failed"));
      },
      handleCommandComplete() {},
      handleReadyForQuery() {
        statement.callback();
        resolve();
      },
      handleError(error: unknown) {
        fail(error);
        statement.callback(error);
        reject(failure?.error);
      },
    };
    const submit = client.query as unknown as (statement: object) => unknown;
    submit.call(client, statement);
  });
}

const SPECIAL = /[\\\n\r\t]/;
const EACH_SPECIAL = new RegExp(SPECIAL, "g");
const ESCAPES: { readonly [sign: string]: string } = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
/** A message of this size is as fast as any. */
const CHUNK_BYTES = 65_536;

function* chunksOf(rows: Iterable<Row>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let used = 0;
  for (const row of rows) {
    const line = lineOf(row);
    // The most bytes that so many characters may have.
    const most = line.length * 3;
    if (used > 0 && most > CHUNK_BYTES - used) {
      yield chunk.subarray(0, used);
      chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      used = 0;
    }
    if (most > CHUNK_BYTES) yield Buffer.from(line);
    else used += encoder.encodeInto(line, chunk.subarray(used)).written;
  }
  if (used > 0) yield chunk.subarray(0, used);
}

function lineOf(row: Row): string {
  let line = "";
  for (let index = 0; index < row.length; index++) {
    const value = row[index];
    if (index > 0) line += "\t";
    if (typeof value !== "string") line += "\\N";
    // Asked first, for to replace nothing takes longer.
    else line += SPECIAL.test(value) ? value.replace(EACH_SPECIAL, (sign) => ESCAPES[sign] ?? sign) : value;
  }
  return `${line}\n`;
}
