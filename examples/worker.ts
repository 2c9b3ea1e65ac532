// A Cloudflare Worker (or any edge function with this shape) that starts an export, tells how it stands, and streams
// the result as CSV, to callers who know a key of yours. The job travels in the URL: it is plain JSON without secrets.
// Sign it or keep it in a store of yours where callers are not to be trusted.
import { createExportClient, ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";

interface Env {
  readonly AUTHGEAR_ENDPOINT: string;
  readonly AUTHGEAR_PROJECT_ID: string;
  readonly AUTHGEAR_KEY_ID: string;
  readonly AUTHGEAR_PRIVATE_KEY: string;
  /** What callers must send as `Authorization: Bearer …`: an export is every user you have. */
  readonly CALLER_KEY: string;
}

/** Compared as hashes, so that the time it takes tells nothing about the key. Without a key nobody is let in. */
async function isAllowed(request: Request, key: string): Promise<boolean> {
  const digest = async (text: string) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const [sent, expected] = await Promise.all([
    digest(request.headers.get("authorization") ?? ""),
    digest(`Bearer ${key}`),
  ]);
  return Boolean(key) && sent.every((byte, index) => byte === expected[index]);
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (!(await isAllowed(request, env.CALLER_KEY))) return new Response("not allowed", { status: 403 });
    const client = createExportClient({
      providers: {
        users: authgear({
          endpoint: env.AUTHGEAR_ENDPOINT,
          projectId: env.AUTHGEAR_PROJECT_ID,
          keyId: env.AUTHGEAR_KEY_ID,
          privateKey: env.AUTHGEAR_PRIVATE_KEY,
        }),
      },
    });
    const { searchParams } = new URL(request.url);
    const stored = searchParams.get("job");
    const { signal } = request;
    try {
      // Without the signal: the job of a caller who leaves must not run unknown to anybody. Keep it in a store of yours
      // where a caller may leave before the answer is there.
      if (!stored) return Response.json(await client.startExport("users", { format: "ndjson" }));
      const job = await client.pollExport(client.parseJob(JSON.parse(stored)), { signal });
      if (job.status !== "succeeded") return Response.json(job);
      const download = await client.download(job, { signal });
      // Somebody will open it in a spreadsheet.
      return download.toResponse({ format: "csv", formulas: "escape" });
    } catch (error) {
      if (error instanceof SyntaxError) return new Response("job: no JSON", { status: 400 });
      if (!ExportError.isInstance(error)) throw error;
      return Response.json(error, { status: error.code === "JOB_INVALID" ? 400 : 502 });
    }
  },
};
