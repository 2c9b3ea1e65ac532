// The Workflow of workflow.ts in Miniflare, against the emulator. You see how it stands, and in the end what is in D1; it ends with 1
// where a user is missing, or a stranger was let in. On Cloudflare it is `wrangler deploy`, with the bindings of
// docs/durable-engines.md.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { createAuthgearEmulator, serveEmulator } from "exportkit/testing";
import { Miniflare } from "miniflare";

const USERS = 3_500;
const CALLER_KEY = "the-caller's-key";
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
  bindings: { AUTHGEAR_ENDPOINT: vendor.endpoint, AUTHGEAR_TOKEN: "token", CALLER_KEY },
  d1Databases: ["DATABASE"],
  workflows: { EXPORTS: { name: "exports", className: "ExportWorkflow" } },
  compatibilityDate: "2026-07-01",
  // Else Miniflare asks Cloudflare for it.
  cf: false,
});
const send = (method: "POST" | "GET", key: string, run = "users-2026-11-28") =>
  miniflare.dispatchFetch(`http://worker/${run}`, {
    method,
    headers: { authorization: `Bearer ${key}` },
  });
const ask = async (method: "POST" | "GET") =>
  (await (await send(method, CALLER_KEY)).json()) as { readonly status: string; readonly output?: unknown };

const { status: refusal } = await send("POST", "a-stranger's-key");
console.log(`a stranger is answered with ${refusal}`);
const { status: missing } = await send("GET", CALLER_KEY, "another");
console.log(`who asks for a run that there is not, with ${missing}`);

// Asked for twice at the same moment, it is one run.
await Promise.all([ask("POST"), ask("POST")]);
let known = await ask("GET");
const until = Date.now() + 120_000;
while (!["complete", "errored", "terminated"].includes(known.status) && Date.now() < until) {
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
const isRight = refusal === 403 && missing === 404;
process.exit(isRight && known.output === USERS && users === USERS && starts === 1 ? 0 : 1);
