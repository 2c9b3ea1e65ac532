import { errorWithPage } from "../model/error-with-page.js";
import { ExportError } from "../model/errors.js";
import type { ExportState } from "./export-state.js";
import type { UntypedClient } from "./untyped-client.js";

// Nobody asks by it: it only shows whether the vendor takes a moment there.
const SOME_MOMENT = "2026-01-01T00:00:00.000Z";

/** Refuses a wrong request without sending anything, and an incremental one where the vendor has nothing of the kind. */
export async function checkRequest(
  client: UntypedClient,
  { connection, request, incremental }: ExportState,
): Promise<void> {
  try {
    await explained(client, connection, request);
    // The first run asks for everything, and is refused as the second would be.
    if (incremental !== undefined)
      await explained(client, connection, { [incremental]: SOME_MOMENT, ...request });
  } catch (error) {
    if (incremental === undefined || !isAbout(error, incremental)) throw error;
    throw errorWithPage(
      "NOT_SUPPORTED",
      `connection "${connection}" cannot export changes alone: its requests have no field ${incremental} that takes a moment. ` +
        "Export everything, and let the sink replace records by their key",
      { connection, operation: "start", details: { field: incremental } },
    );
  }
}

async function explained(client: UntypedClient, connection: string, request: object): Promise<void> {
  try {
    await client.explainExport(connection, request);
  } catch (error) {
    // An adapter that starts without a request has nothing to explain, and nothing against this one.
    if (!(ExportError.isInstance(error) && error.code === "NOT_SUPPORTED")) throw error;
  }
}

function isAbout(error: unknown, field: string): boolean {
  return ExportError.isInstance(error) && error.code === "REQUEST_INVALID" && error.details?.field === field;
}
