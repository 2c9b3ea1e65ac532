// The sink of the workers whose records go into PostgreSQL.
import { postgresSink } from "exportkit/postgres";
import pg from "pg";
import { setup } from "./setup.ts";

export function inPostgres() {
  const { run, database } = setup;
  const pool = new pg.Pool({ connectionString: database });
  // A connection that breaks while nobody uses it is replaced.
  pool.on("error", () => {});
  return postgresSink({ pool, table: run, run });
}
