import type { ExportError } from "../model/errors.js";
import { describeIssues } from "../model/issues.js";
import { unpolluted } from "../model/own-properties.js";
import type { SchemaResult } from "../spec/schema.js";
import type { Connection } from "../transport/connection.js";
import { plainRequest } from "./plain-request.js";

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
  const plain = plainRequest(input);
  if (plain.issues) return plain;
  const schema = connection.provider.requestSchema["~standard"];
  const answer = unpolluted(() => schema.validate(plain.value));
  // A promise may come from another realm or library.
  if (typeof (answer as PromiseLike<unknown>).then === "function") {
    // Nobody waits for it any more.
    Promise.resolve(answer).catch(() => {});
    throw asynchronous(connection);
  }
  const result = answer as SchemaResult<unknown>;
  if (result.issues) return result;
  // Again, for a schema makes objects of its own; what it makes beyond plain data is the adapter's business.
  const own = plainRequest(result.value);
  return own.issues ? result : own;
}

function asynchronous(connection: Connection): ExportError {
  return connection.error(
    "CONFIG_INVALID",
    `the requestSchema of provider ${connection.provider.name} validates asynchronously, or throws; it must answer at once`,
    { details: { field: "requestSchema" } },
  );
}
