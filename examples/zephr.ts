// Everybody who registered at Zephr since a day, with what they may read, into a new readers.csv every time it is run: without
// credentials, of an emulated tenant. You see how many readers there are.
//
//   ZEPHR_TENANT_ID=news ZEPHR_ACCESS_KEY=… ZEPHR_SECRET_KEY=… node examples/zephr.ts 2026-01-01
import { createExportClient, ExportError } from "exportkit";
import { saveExport } from "exportkit/node";
import { zephr } from "exportkit/zephr";
import { serveZephr } from "./demo/zephr.ts";

const { ZEPHR_TENANT_ID = "", ZEPHR_ACCESS_KEY = "", ZEPHR_SECRET_KEY = "" } = process.env;
const [since] = process.argv.slice(2);
await using emulated = ZEPHR_SECRET_KEY ? undefined : await serveZephr(1_000);

try {
  const client = createExportClient({
    providers: {
      readers:
        emulated?.provider ??
        zephr({ tenantId: ZEPHR_TENANT_ID, accessKey: ZEPHR_ACCESS_KEY, secretKey: ZEPHR_SECRET_KEY }),
    },
    prefetchPages: 4,
  });
  const job = await client.startExport("readers", {
    grants: true,
    ...(since !== undefined && { registeredSince: since }),
  });
  const { path, records } = await saveExport(client, job, "readers.csv", {
    format: "csv",
    columns: ["user_id", "identifiers.email_address", "registered", "attributes.first_name", "grants"],
    formulas: "escape",
    resume: "restart",
    overwrite: true,
  });
  console.log(`${path}: ${records} readers`);
} catch (error) {
  if (!ExportError.isInstance(error)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
