// The examples that are about a runtime, from the installed package and on that runtime: what the documentation shows there.
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { onWorkerd, run } from "./runtimes.js";

const USERS = 500;

/**
 * @param {{ app: string, tools: string, bundleOf: (entry: string, options: object) => Promise<string>, testing: object }} place
 */
export function examples({ app, tools, bundleOf, testing }) {
  const bin = (path) => join(tools, "node_modules", path);
  const served = join(app, "node_modules/exportkit/dist/examples/serve.js");
  const deno = ["run", "-A", "--no-remote", "--node-modules-dir=manual", served];
  return [
    { name: "node 22", run: () => serves("Node", run(bin("node22/bin/node"), [served], app)) },
    { name: "bun", run: () => serves("Bun", run(bin(".bin/bun"), [served], app)) },
    { name: "deno", run: () => serves("Deno", run(bin(".bin/deno"), deno, app)) },
    { name: "workerd", run: () => works() },
  ];

  /** worker.ts as it is in the package, bundled as wrangler would. */
  async function works() {
    await copyFile(join(app, "node_modules/exportkit/examples/worker.ts"), join(app, "worker-example.ts"));
    const { keyId, publicKey, privateKey } = await testing.generateAuthgearKeys();
    const emulator = testing.createAuthgearEmulator({
      keys: { [keyId]: publicKey },
      users: USERS,
      pendingPolls: 1,
    });
    const vendor = await testing.serveEmulator(emulator);
    const env = {
      AUTHGEAR_ENDPOINT: vendor.endpoint,
      AUTHGEAR_PROJECT_ID: "myapp",
      AUTHGEAR_KEY_ID: keyId,
      AUTHGEAR_PRIVATE_KEY: privateKey,
      CALLER_KEY: "the-caller's-key",
    };
    const bundle = () =>
      bundleOf(join(app, "worker-example.ts"), { format: "esm", conditions: ["workerd", "worker"] });
    try {
      return await onWorkerd(bin(".bin/workerd"), app, bundle, { env, ask });
    } finally {
      await vendor.close();
    }
  }
}

/** What serve.ts prints: where it listens, the first user as CSV, and how many more there are. */
async function serves(name, output) {
  const lines = (await output).trim().split("\n");
  if (!new RegExp(`^${name} listens on port \\d+$`).test(lines[0])) throw new Error(`it printed ${lines[0]}`);
  if (!lines[1].startsWith("sub,") || lines.at(-1) !== `and ${USERS - 1} more`)
    throw new Error(`it printed ${lines.join("\n")}`);
  return `${USERS} users as CSV`;
}

/** A stranger, then a caller who starts an export, asks for it and reads it. */
async function ask(send) {
  const refused = await send("/", {});
  if (refused.status !== 403) throw new Error(`a stranger got ${refused.status}`);
  const headers = { authorization: "Bearer the-caller's-key" };
  let response = await send("/", headers);
  for (let polls = 0; response.headers.get("content-type")?.includes("json") && polls < 9; polls++) {
    const job = await response.text();
    if (!response.ok) throw new Error(job);
    response = await send(`/?job=${encodeURIComponent(job)}`, headers);
  }
  const text = await response.text();
  // Cells hold line breaks; a row begins with the user's id.
  const rows = text.match(/^[0-9a-f-]{36},/gm) ?? [];
  if (!response.headers.get("content-type")?.startsWith("text/csv") || rows.length !== USERS)
    throw new Error(`it answered ${response.status} with ${rows.length} users: ${text.slice(0, 200)}`);
  return `${rows.length} users as CSV`;
}
