// Every user of an Authgear project, into users.csv.
//
//   AUTHGEAR_ENDPOINT=https://myapp.authgearapps.com AUTHGEAR_PROJECT_ID=myapp \
//   AUTHGEAR_KEY_ID=… AUTHGEAR_PRIVATE_KEY="$(cat key.pem)" node examples/authgear.ts
import { createExportClient, ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";
import { saveExport } from "exportkit/node";

const required = (name: string): string => {
  const value = process.env[name];
  if (value) return value;
  console.error(`${name} is not set; the first lines of this file say what it needs`);
  process.exit(2);
};

const client = createExportClient({
  providers: {
    users: authgear({
      endpoint: required("AUTHGEAR_ENDPOINT"),
      projectId: required("AUTHGEAR_PROJECT_ID"),
      keyId: required("AUTHGEAR_KEY_ID"),
      privateKey: required("AUTHGEAR_PRIVATE_KEY"),
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
  const { path, bytes, sha256 } = await saveExport(client, job, "users.csv");
  console.log(`${path}: ${bytes} bytes, SHA-256 ${sha256}`);
} catch (error) {
  if (!ExportError.isInstance(error)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exit(1);
}
