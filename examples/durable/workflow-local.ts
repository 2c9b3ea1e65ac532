// The Workflow of workflow.ts in Miniflare, against the emulator. You see how it stands, and in the end what is in D1; it ends with 1
// where a user is missing. On Cloudflare it is `wrangler deploy`, with the bindings of docs/durable-engines.md.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { createAuthgearEmulator, serveEmulator } from "exportkit/testing";
import { Miniflare } from "miniflare";

const USERS = 3_500;
const emulator = createAuthgearEmulator({ tokens: ["token"], users: USERS, pendingPolls: 1 });
const vendor = await serveEmulator(emulator);
const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL("workflow.ts", import.meta.url))],
  bundle: true,
  write: false,
  format: "esm",
  conditions: ["workerd", "worker"],
  external: ["cloudflare:workers"],
  tsconfigRaw: {},
  logLevel: "error",
});
const miniflare = new Miniflare({
  modules: true,
  script: outputFiles[0]?.text ?? "",
  bindings: { AUTHGEAR_ENDPOINT: vendor.endpoint, AUTHGEAR_TOKEN: "token" },
  d1Databases: ["DATABASE"],
  workflows: { EXPORTS: { name: "exports", className: "ExportWorkflow" } },
  compatibilityDate: "2026-07-01",
});
const ask = async (method: "POST" | "GET") => {
  const response = await miniflare.dispatchFetch("http://worker/users-2026-11-28", { method });
  return (await response.json()) as { readonly status: string; readonly output?: unknown };
};

// Asked for twice at the same moment, it is one run.
await Promise.all([ask("POST"), ask("POST")]);
let known = await ask("GET");
while (!["complete", "errored", "terminated"].includes(known.status)) {
  console.log(`the Workflow is ${known.status}`);
  await new Promise((resolve) => setTimeout(resolve, 500));
  known = await ask("GET");
}
const database = await miniflare.getD1Database("DATABASE");
const users = await database.prepare("SELECT count(*) AS n FROM users").first<number>("n");
const starts = emulator.requests.filter(({ operation }) => operation === "start").length;
console.log(`${known.status}: ${known.output} records told, ${users} users in D1, ${starts} export started`);
await miniflare.dispose();
await vendor.close();
process.exit(known.output === USERS && users === USERS && starts === 1 ? 0 : 1);
