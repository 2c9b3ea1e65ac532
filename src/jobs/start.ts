import type { ExportJob } from "../job.js";
import type { Connection } from "../transport/connection.js";
import { createContext } from "../transport/context.js";
import { validateRequest } from "./request.js";
import { createJob } from "./state.js";

/** Validates the request and starts the export once. */
export async function startJob(
  connection: Connection,
  input: unknown,
  signal: AbortSignal | undefined,
): Promise<ExportJob> {
  signal?.throwIfAborted();
  const request = validateRequest(connection, input);
  const context = createContext(connection, { operation: "start", safety: "once", signal });
  return createJob(connection, request, await connection.provider.start(context, request));
}
