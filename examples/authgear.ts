// Every user of an Authgear project, into users.csv: without credentials, of an emulated one. You see the status, and at last
// the file with its length and hash.
//
//   AUTHGEAR_ENDPOINT=https://myapp.authgearapps.com AUTHGEAR_PROJECT_ID=myapp \
//   AUTHGEAR_KEY_ID=… AUTHGEAR_PRIVATE_KEY="$(cat key.pem)" node examples/authgear.ts
import { createExportClient, ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";
import { saveExport } from "exportkit/node";
import { serveAuthgear } from "./demo/authgear.ts";

const { AUTHGEAR_ENDPOINT, AUTHGEAR_PROJECT_ID, AUTHGEAR_KEY_ID, AUTHGEAR_PRIVATE_KEY } = process.env;
const isReal = AUTHGEAR_ENDPOINT && AUTHGEAR_PROJECT_ID && AUTHGEAR_KEY_ID && AUTHGEAR_PRIVATE_KEY;
await using emulated = isReal ? undefined : await serveAuthgear(1_000);

const client = createExportClient({
  providers: {
    users:
      emulated?.provider ??
      authgear({
        endpoint: AUTHGEAR_ENDPOINT ?? "",
        projectId: AUTHGEAR_PROJECT_ID ?? "",
        keyId: AUTHGEAR_KEY_ID ?? "",
        privateKey: AUTHGEAR_PRIVATE_KEY ?? "",
      }),
  },
});

try {
  const started = await client.startExport("users", {
    format: "csv",
    fields: ["/sub", "/email", "/created_at", { pointer: "/custom_attributes/plan", fieldName: "plan" }],
  });
  const job = await client.waitForExport(started, {
    timeoutMs: 30 * 60_000,
    onProgress: ({ status }) => console.error(`the export is ${status}`),
  });
  const { path, bytes, sha256 } = await saveExport(client, job, "users.csv", { overwrite: true });
  console.log(`${path}: ${bytes} bytes, SHA-256 ${sha256}`);
} catch (error) {
  if (!ExportError.isInstance(error)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
