import type { SchemaResult } from "../contract/schema.js";
import { describeIssues } from "../issues.js";
import type { Connection } from "../transport/connection.js";

/** The caller's request as the adapter's schema reads it; throws `REQUEST_INVALID` naming each wrong field. */
export async function validateRequest(connection: Connection, input: unknown): Promise<unknown> {
  const result: SchemaResult<unknown> = await connection.provider.requestSchema["~standard"].validate(input);
  if (!result.issues) return result.value;
  throw connection.error(
    "REQUEST_INVALID",
    ...describeIssues(`the ${connection.provider.name} export request`, result.issues),
  );
}
