/** The part of a `Pool` of `pg` that is used. */
export interface PostgresPool {
  /** A client of the pool, to be given back by `release`. */
  connect(): Promise<PostgresClient>;
}

/** The part of a client of such a pool that is used. */
export interface PostgresClient {
  /** Runs one statement. */
  query(text: string, values?: unknown[]): Promise<PostgresResult>;
  /**
   * Gives the client back to its pool.
   *
   * @param destroy - whether the connection is to be closed and not used again
   */
  release(destroy?: boolean): void;
}

/** What a query answers: the part of it that is read here. */
export interface PostgresResult {
  /** What a query selected. */
  readonly rows: readonly { readonly [column: string]: unknown }[];
  /** How many rows a command has changed. */
  readonly rowCount: number | null;
}

/**
 * Runs in one transaction, on a connection of the pool. One on which something failed that cannot be undone is closed and
 * not given back.
 */
export async function inTransaction<T>(
  pool: PostgresPool,
  work: (client: PostgresClient) => Promise<T>,
): Promise<T> {
  const { client, giveBack } = await borrow(pool);
  let isBroken = true;
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    isBroken = false;
    return result;
  } catch (error) {
    isBroken = await client.query("ROLLBACK").then(
      () => false,
      () => true,
    );
    throw error;
  } finally {
    giveBack(isBroken);
  }
}

/** Runs one statement on a connection of the pool. */
export async function query(
  pool: PostgresPool,
  text: string,
  values: unknown[] = [],
): Promise<PostgresResult> {
  const { client, giveBack } = await borrow(pool);
  let isBroken = true;
  try {
    const result = await client.query(text, values);
    isBroken = false;
    return result;
  } catch (error) {
    // What the server refused, it answered; anything else is a connection that broke.
    isBroken = sqlStateOf(error) === undefined;
    throw error;
  } finally {
    giveBack(isBroken);
  }
}

/** What a client of `pg` has beside; look-alikes may not. */
interface Emitter {
  on?(event: "error", listener: () => void): unknown;
  removeListener?(event: "error", listener: () => void): unknown;
}

/** A connection of the pool, with the way to give it back. */
async function borrow(
  pool: PostgresPool,
): Promise<{ readonly client: PostgresClient; giveBack(isBroken: boolean): void }> {
  const client = await pool.connect();
  const emitter: Emitter = client as Emitter;
  // A pool listens to idle clients only. An error event that nobody hears ends the process, and the statement that is under way,
  // or the next one, rejects in any case.
  const heard = () => {};
  emitter.on?.("error", heard);
  return {
    client,
    giveBack(isBroken) {
      client.release(isBroken);
      emitter.removeListener?.("error", heard);
    },
  };
}

/** The server's code for what failed, such as `23505`; `undefined` where no server said anything. */
export function sqlStateOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
