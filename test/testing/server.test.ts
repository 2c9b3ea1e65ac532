import { request as httpRequest } from "node:http";
import { gunzipSync } from "node:zlib";
import {
  type AuthgearEmulator,
  authgearExportBytes,
  createAuthgearEmulator,
  type ServedEmulator,
  serveEmulator,
} from "exportkit/testing";
import { afterEach, describe, expect, it } from "vitest";
import { collectBytes } from "../support/collect.js";
import { adminApi, exportPath, token } from "./authgear/admin-api.js";

let served: ServedEmulator | undefined;
afterEach(async () => {
  await served?.close();
  served = undefined;
});

async function serve(options?: Parameters<typeof adminApi>[0]) {
  const api = adminApi(options);
  const running = await serveEmulator(api.emulator);
  served = running;
  return { ...api, served: running };
}

/** One request over a socket, byte for byte as it was answered. */
function raw(url: string, headers: { readonly [name: string]: string } = {}, method = "GET") {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: Buffer }>(
    (resolve, reject) => {
      const request = httpRequest(url, { method, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        );
      });
      request.on("error", reject);
      request.end();
    },
  );
}

/** How many bytes the last answer has made, once it makes no more. */
async function whereItStands(emulator: AuthgearEmulator): Promise<number> {
  let last = -1;
  const stands = () => {
    const before = last;
    last = emulator.requests.at(-1)?.bytes ?? 0;
    return before === last;
  };
  await expect.poll(stands, { interval: 50 }).toBe(true);
  return last;
}

it("API and store have ports of their own, and links name the store's", async () => {
  const { emulator, served, link } = await serve();
  expect(served.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(served.storeOrigin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(served.storeOrigin).not.toBe(served.endpoint);
  expect(emulator.endpoint).toBe(served.endpoint);
  const url = await link();
  expect(new URL(url).origin).toBe(served.storeOrigin);
  const { status, headers, body } = await raw(url);
  expect(status).toBe(200);
  expect(headers["content-length"]).toBe(String(body.length));
  expect(headers.date).toBe("Thu, 01 Jan 2026 00:00:00 GMT");
  expect(new Uint8Array(body)).toEqual(
    await collectBytes(authgearExportBytes({ format: "ndjson", users: 100 })),
  );
});

it.each(["4001", -1, 1.5, 65_536, Number.NaN])("a port that is %s is refused", async (port) => {
  const emulator = createAuthgearEmulator({ users: 1 });
  await expect(serveEmulator(emulator, { port: port as number })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    details: { field: "port" },
  });
});

it("the Host header picks the project, and is part of what a link signs", async () => {
  const { served, link } = await serve();
  const wrong = await raw(`${served.endpoint}${exportPath}/x`, { host: "other.example" });
  expect([wrong.status, wrong.body.toString().trim()]).toEqual([404, "app not found"]);
  expect((await raw(await link(), { host: "other.example" })).status).toBe(403);
  expect((await raw(`${served.endpoint}${exportPath}/x`)).status).toBe(403);
});

it("a start over a socket", async () => {
  const { emulator, served } = await serve();
  const response = await fetch(`${served.endpoint}${exportPath}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: '{"format":"csv"}',
  });
  expect(response.status).toBe(200);
  expect(emulator.tasks).toMatchObject([{ request: { format: "csv" } }]);
  expect(emulator.requests[0]?.headers).toContain("authorization");
});

it("HEAD has headers and no body", async () => {
  const { link } = await serve();
  const { status, headers, body } = await raw(await link(), {}, "HEAD");
  expect([status, body.length]).toEqual([200, 0]);
  expect(Number(headers["content-length"])).toBeGreaterThan(10_000);
});

it("a compressed file is compressed on the wire", async () => {
  const { link } = await serve({ contentEncoding: "gzip" });
  const { headers, body } = await raw(await link());
  expect(headers["content-encoding"]).toBe("gzip");
  expect(headers["content-length"]).toBeUndefined();
  const plain = await collectBytes(authgearExportBytes({ format: "ndjson", users: 100 }));
  expect(new Uint8Array(gunzipSync(body))).toEqual(plain);
});

describe("a download of many megabytes", () => {
  it("is made no faster than it is read, and stops when the client goes", async () => {
    const { emulator, link } = await serve({ users: 100_000 });
    const controller = new AbortController();
    const response = await fetch(await link(), { signal: controller.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    const total = Number(response.headers.get("content-length"));
    // The sockets' buffers fill up, and then the file stands still.
    expect(await whereItStands(emulator)).toBeLessThan(total / 2);
    controller.abort();
    await expect(reader?.closed).rejects.toThrow();
    expect(await whereItStands(emulator)).toBeLessThan(total / 2);
  });

  it("arrives whole", async () => {
    const { link } = await serve({ users: 20_000 });
    let length = 0;
    for await (const chunk of (await fetch(await link())).body ?? []) length += chunk.length;
    let expected = 0;
    for await (const chunk of authgearExportBytes({ format: "ndjson", users: 20_000 }))
      expected += chunk.length;
    expect(length).toBe(expected);
  });
});

it("close ends running answers and gives the origins back", async () => {
  const { emulator, served, link } = await serve({
    faults: [{ on: "artifact", fault: { type: "stall", afterBytes: 10 } }],
  });
  const response = await fetch(await link());
  const body = response.text();
  const refused = expect(body).rejects.toThrow(TypeError);
  await served.close();
  await refused;
  expect(emulator.endpoint).toBe("https://myapp.authgearapps.com");
  await expect(fetch(`${served.endpoint}${exportPath}/x`)).rejects.toThrow(TypeError);
});
