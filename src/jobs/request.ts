import type { SchemaResult } from "../contract/schema.js";
import type { ExportError } from "../errors.js";
import { describeIssues } from "../issues.js";
import type { Connection } from "../transport/connection.js";

/** The caller's request as the adapter's schema reads it; throws `REQUEST_INVALID` naming each wrong field. */
export function validateRequest(connection: Connection, input: unknown): unknown {
  const result = validate(connection, input);
  if (!result.issues) return result.value;
  throw connection.error(
    "REQUEST_INVALID",
    ...describeIssues(`the ${connection.provider.name} export request`, result.issues),
  );
}

/** What the adapter's schema makes of a request. A stored job is read at once, so the schema must not take its time. */
export function validate(connection: Connection, input: unknown): SchemaResult<unknown> {
  const result = connection.provider.requestSchema["~standard"].validate(input);
  // A promise may come from another realm or library.
  if (typeof (result as PromiseLike<unknown>).then !== "function") return result as SchemaResult<unknown>;
  // Nobody waits for it any more.
  Promise.resolve(result).catch(() => {});
  throw asynchronous(connection);
}

function asynchronous(connection: Connection): ExportError {
  return connection.error(
    "CONFIG_INVALID",
    `the requestSchema of provider ${connection.provider.name} validates asynchronously; it must answer at once`,
    { details: { field: "requestSchema" } },
  );
}
