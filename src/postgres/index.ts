/**
 * A sink in PostgreSQL: records, state and claim in one transaction.
 *
 * @module
 */
export type { ColumnSource } from "./columns.js";
export type { TableName } from "./identifier.js";
export type { PostgresClient, PostgresPool, PostgresResult } from "./pool.js";
export { type PostgresSink, type PostgresSinkOptions, postgresSink } from "./postgres-sink.js";
export type { Unstorable } from "./row-text.js";
