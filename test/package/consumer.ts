// Compiled against the installed tarball by scripts/check-package.js: what a user of the types writes.
import { createExportClient, type ExportDownload, ExportError, type ExportJob } from "exportkit";
import { type AuthgearUser, authgear } from "exportkit/authgear";
import type { Provider } from "exportkit/provider";

const client = createExportClient({
  providers: { users: authgear({ endpoint: "https://myapp.authgearapps.com", token: "t" }) },
});

export async function emails(): Promise<readonly (string | undefined)[]> {
  const job: ExportJob<"users"> = await client.startExport("users", { format: "ndjson" });
  const done = await client.waitForExport(client.parseJob(JSON.parse(JSON.stringify(job))), {
    timeoutMs: 1000,
  });
  const found: (string | undefined)[] = [];
  const download: ExportDownload<AuthgearUser> = await client.runExport("users", { format: "ndjson" });
  for await (const user of download) found.push(user.email);
  const rows = await client.runExport("users", {
    format: "csv",
    fields: ["/sub", { pointer: "/roles", fieldName: "r" }],
  });
  for await (const row of rows) {
    const sub: string = row.sub;
    const roles: readonly string[] | null = row.r;
    found.push(sub, ...(roles ?? []));
  }
  return [...found, done.id];
}

export function isQuota(error: unknown): boolean {
  return ExportError.isInstance(error) && error.code === "QUOTA_EXCEEDED";
}

export const other: Partial<Provider<{ readonly table: string }, { readonly row: number }>> = {
  spec: 1,
  name: "other",
};
