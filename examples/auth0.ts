// An adapter for Auth0's users export, written with `exportkit/provider` alone: a job, a signed URL that lives for a minute,
// and a file compressed by gzip, NDJSON or CSV. Run on an emulator: `npm run build && node examples/auth0.ts`.
//
// Facts it is built on: https://auth0.com/docs/manage-users/user-migration/bulk-user-exports and the Management API's
// `POST /api/v2/jobs/users-exports` and `GET /api/v2/jobs/{id}`, both with the scope read:users.
import { fileURLToPath } from "node:url";
import { createExportClient } from "exportkit";
import {
  clientCredentials,
  csv,
  ExportError,
  type ExportJob,
  fileDelivery,
  gunzip,
  ndjson,
  type Provider,
  type ProviderContext,
  type RecordKind,
  secretForms,
} from "exportkit/provider";
import * as z from "zod/mini";

export interface Auth0Options {
  /** The tenant's own domain, such as `contoso.us.auth0.com`: a custom domain has no Management API. */
  readonly domain: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

// At most 30 fields; without them Auth0 chooses some. `export_as` is for CSV.
const field = z.strictObject({ name: z.string(), export_as: z.optional(z.string()) });
const requestSchema = z.strictObject({
  /** `"json"` is NDJSON: one user a line. */
  format: z.enum(["json", "csv"]),
  connection_id: z.optional(z.string()),
  fields: z.optional(z.array(field).check(z.maxLength(30))),
  limit: z.optional(z.int().check(z.positive())),
});
export type Auth0Request = z.infer<typeof requestSchema>;

export interface Auth0User {
  readonly user_id: string;
  readonly email?: string;
  readonly [name: string]: unknown;
}

/** A user for `format: "json"`, the cells by column for `format: "csv"`. */
export interface Auth0Records extends RecordKind {
  readonly record: this["request"] extends { readonly format: "csv" }
    ? { readonly [column: string]: string }
    : Auth0User;
}

interface JobAnswer {
  readonly id: string;
  readonly status: string;
  readonly created_at?: string;
  readonly percentage_done?: number;
  readonly location?: string;
}

// Auth0's links are good for 60 s, and its jobs for a day.
const LINK_MS = 50_000;
const JOB_MS = 24 * 60 * 60_000;

export function auth0({
  domain,
  clientId,
  clientSecret,
}: Auth0Options): Provider<Auth0Request, Auth0Records> {
  const origin = `https://${domain}`;
  async function askFor(context: ProviderContext, job: ExportJob): Promise<JobAnswer | undefined> {
    const url = `${origin}/api/v2/jobs/${encodeURIComponent(job.id)}`;
    const { status, json } = await context.request({ method: "GET", url, accept: [404] });
    return status === 404 ? undefined : (json as JobAnswer);
  }

  return {
    spec: 1,
    name: "auth0",
    capabilities: { jobs: "asynchronous", progress: true, formats: ["ndjson.gz", "csv.gz"] },
    requestSchema,
    origins: [origin],
    pace: { floorMs: 2_000, ceilingMs: 30_000 },
    secrets: () => secretForms(clientSecret),
    // The audience is the Management API.
    authorize: clientCredentials({
      vendor: "Auth0",
      tokenUrl: `${origin}/oauth/token`,
      clientId,
      clientSecret,
      parameters: { audience: `${origin}/api/v2/` },
    }),
    async start(context, request) {
      const { json } = await context.request({
        method: "POST",
        url: `${origin}/api/v2/jobs/users-exports`,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(request),
      });
      const { id, status, created_at: createdAt } = json as JobAnswer;
      if (!id) throw context.invalidResponse("Auth0 started a job and did not name it");
      return { id, status: "pending", providerStatus: status, createdAt };
    },
    async poll(context, job) {
      const answer = await askFor(context, job);
      if (!answer) {
        const message = "Auth0 does not know the job any more; it keeps jobs for a day. Start a new export";
        return { status: "expired", failure: { code: "EXPORT_EXPIRED", message } };
      }
      const { status, percentage_done: completed } = answer;
      if (status === "failed") {
        const message = "Auth0 says that the export failed, and not why. Start a new one";
        return { status: "failed", providerStatus: status, failure: { code: "EXPORT_FAILED", message } };
      }
      return {
        status: status === "completed" ? "succeeded" : "running",
        providerStatus: status,
        expiresAt: new Date(Date.parse(job.createdAt) + JOB_MS).toISOString(),
        ...(completed !== undefined && { progress: { completed, total: 100, unit: "percent" } }),
      };
    },
    delivery: fileDelivery({
      // Each answer about the job has a newly signed link. The store takes no token beside the signature.
      async locate(context, job) {
        const url = (await askFor(context, job))?.location;
        if (!url)
          throw new ExportError(
            "EXPORT_EXPIRED",
            "Auth0 has no file for the job any more. Start a new export",
          );
        return { url, credentials: "none", expiresAt: new Date(context.now() + LINK_MS) };
      },
      records: ({ request }) =>
        request.format === "csv"
          ? gunzip<unknown>(csv())
          : gunzip<unknown>(ndjson<Auth0User>({ identify: ({ user_id }) => user_id })),
    }),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { auth0Emulator, client: credentials, domain } = await import("./emulators/auth0.ts");
  const emulator = auth0Emulator(5_000);
  // The connection breaks in the middle of the file; the download resumes by itself.
  emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 100_000 } });
  const client = createExportClient({
    providers: { users: auth0({ domain, ...credentials }) },
    fetch: emulator.fetch as typeof fetch,
    onEvent: (event) => event.type === "resume" && console.log("connection broken at byte", event.offset),
  });
  const users = await client.runExport(
    "users",
    { format: "json" },
    { onProgress: ({ status, progress }) => console.log(status, progress?.completed ?? 0, "%") },
  );
  let count = 0;
  for await (const { user_id, email } of users) if (count++ < 3) console.log(user_id.slice(0, 20), email);
  console.log(count, "users from", users.fileName);
}
