// The same route on the server of the runtime at hand, each of them by its own means: `node`, `bun` or `deno run -A` with this
// file. You see where it listens, and the first user as CSV, fetched over HTTP.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { createAuthgearEmulator, serveEmulator } from "exportkit/testing";
import { GET } from "./route.ts";

interface Runtimes {
  readonly Bun?: {
    serve(options: { port: number; fetch: typeof GET }): { port: number; stop(now: boolean): unknown };
  };
  readonly Deno?: {
    serve(
      options: object,
      handler: typeof GET,
    ): { readonly addr: { port: number }; shutdown(): Promise<void> };
  };
}

/** Serves the route; returns its port and what ends it. */
async function serve(): Promise<readonly [name: string, port: number, end: () => unknown]> {
  const { Bun, Deno } = globalThis as Runtimes;
  if (Bun) {
    const server = Bun.serve({ port: 0, fetch: GET });
    return ["Bun", server.port, () => server.stop(true)];
  }
  if (Deno) {
    const server = Deno.serve({ port: 0, onListen() {} }, GET);
    return ["Deno", server.addr.port, () => server.shutdown()];
  }
  const server = createServer(async (incoming, outgoing) => {
    const left = new AbortController();
    outgoing.on("close", () => left.abort());
    const response = await GET(new Request(`http://localhost${incoming.url}`, { signal: left.signal }));
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    if (response.body) Readable.fromWeb(response.body as never).pipe(outgoing);
  }).listen(0);
  await once(server, "listening");
  return ["Node", (server.address() as AddressInfo).port, () => server.close()];
}

const vendor = await serveEmulator(createAuthgearEmulator({ tokens: ["demo-token"], users: 500 }));
Object.assign(process.env, { AUTHGEAR_ENDPOINT: vendor.endpoint, AUTHGEAR_TOKEN: "demo-token" });
const [name, port, end] = await serve();
console.log(`${name} listens on port ${port}`);

const response = await fetch(`http://localhost:${port}/users.csv`, { headers: { connection: "close" } });
const lines = (await response.text()).trimEnd().split("\n");
console.log(lines.slice(0, 2).join("\n"));
console.log(`and ${lines.length - 2} more`);
await end();
await vendor.close();
