// A route of Next.js (`app/users.csv/route.ts`) or of anything else that takes a Request and gives a Response: the users as CSV,
// streamed, one chunk in memory at a time. Run by itself, it asks itself once: you see the answer's type and its first lines.
import { createExportClient, ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";

export const runtime = "edge"; // or "nodejs": it is the same code

export async function GET(request: Request): Promise<Response> {
  const { AUTHGEAR_ENDPOINT = "", AUTHGEAR_TOKEN = "" } = process.env;
  try {
    const client = createExportClient({
      providers: { users: authgear({ endpoint: AUTHGEAR_ENDPOINT, token: AUTHGEAR_TOKEN }) },
    });
    // Who leaves ends the download; the export goes on at the vendor.
    const { signal } = request;
    const download = await client.runExport("users", { format: "ndjson" }, { signal, timeoutMs: 20_000 });
    return download.toResponse({ format: "csv", columns: ["sub", "email"], formulas: "escape" });
  } catch (error) {
    if (!ExportError.isInstance(error)) throw error;
    return Response.json({ code: error.code, message: error.message }, { status: 502 });
  }
}
