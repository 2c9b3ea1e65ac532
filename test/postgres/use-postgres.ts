import pg from "pg";
import { afterAll, beforeAll } from "vitest";
import { type ServedPostgres, servePostgres } from "./served-postgres.js";

export interface UsedPostgres {
  readonly server: ServedPostgres;
  readonly pool: pg.Pool;
}

/** A server for the tests of a file, and a pool of connections to it; `take` is given them before the first test. */
export function usePostgres(take: (used: UsedPostgres) => void): void {
  let used: UsedPostgres | undefined;
  beforeAll(async () => {
    const server = await servePostgres();
    used = { server, pool: new pg.Pool({ connectionString: server.connectionString }) };
    take(used);
  }, 60_000);
  afterAll(async () => {
    await used?.pool.end();
    await used?.server.close();
  });
}
