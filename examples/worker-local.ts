// The Worker of worker.ts, asked as Cloudflare would ask it, against the emulator: it starts an export, tells how it stands, and
// streams it as CSV. You see each answer, and the first user. `wrangler dev` runs worker.ts itself.
import { createAuthgearEmulator, generateAuthgearKeys, serveEmulator } from "exportkit/testing";
import worker from "./worker.ts";

const { keyId, publicKey, privateKey } = await generateAuthgearKeys();
const emulator = createAuthgearEmulator({ keys: { [keyId]: publicKey }, users: 500, pendingPolls: 1 });
await using vendor = await serveEmulator(emulator);
const env = {
  AUTHGEAR_ENDPOINT: vendor.endpoint,
  AUTHGEAR_PROJECT_ID: "myapp",
  AUTHGEAR_KEY_ID: keyId,
  AUTHGEAR_PRIVATE_KEY: privateKey,
  CALLER_KEY: "the-caller's-key",
};
const headers = { authorization: `Bearer ${env.CALLER_KEY}` };
const ask = (query: string) => worker.fetch(new Request(`https://worker.example/${query}`, { headers }), env);

let response = await ask("");
let answer = "";
while (response.headers.get("content-type")?.includes("json")) {
  const job = JSON.parse(await response.text());
  console.log(`export ${job.id} is ${job.status}`);
  answer = JSON.stringify(job);
  response = await ask(`?job=${encodeURIComponent(answer)}`);
}
const lines = (await response.text()).trimEnd().split("\n");
console.log(response.headers.get("content-type"));
console.log(lines[1]);
