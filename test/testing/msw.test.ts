import { authgearExportBytes, type Fault, mswHandlers } from "exportkit/testing";
import { http } from "msw";
import { setupServer } from "msw/node";
import { afterEach, expect, it } from "vitest";
import { collectBytes } from "../support/collect.js";
import { type AdminApi, adminApi, exportPath, resultOf, token } from "./authgear/admin-api.js";

const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
const start = { method: "POST", headers, body: '{"format":"ndjson"}' };
let stop = () => {};
afterEach(() => stop());

function intercept(options?: Parameters<typeof adminApi>[0]): AdminApi {
  const api = adminApi(options);
  const server = setupServer(...mswHandlers(api.emulator, http));
  server.listen({ onUnhandledFrame: "error" });
  stop = () => server.close();
  return api;
}

async function link(api: AdminApi): Promise<string> {
  const url = `${api.emulator.endpoint}${exportPath}`;
  const { id } = await resultOf(await fetch(url, start));
  return (await resultOf(await fetch(`${url}/${id}`, { headers }))).download_url ?? "";
}

it.each([{}, { contentEncoding: "gzip" as const }])(
  "the global fetch meets the emulator: %j",
  async (options) => {
    const api = intercept(options);
    const response = await fetch(await link(api));
    const whole = await collectBytes(authgearExportBytes({ format: "ndjson", users: 100 }));
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(whole);
    expect(api.emulator.requests.map(({ operation }) => operation)).toEqual(["start", "poll", "artifact"]);
    expect(api.emulator.requests[2]?.headers).not.toContain("authorization");
  },
);

it("ranges, refusals and HEAD", async () => {
  const api = intercept();
  const url = await link(api);
  const part = await fetch(url, { headers: { range: "bytes=3-5" } });
  expect([part.status, (await part.arrayBuffer()).byteLength]).toEqual([206, 3]);
  expect((await fetch(`${url}0`)).status).toBe(403);
  const head = await fetch(url, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
});

it("a lost connection is a network error, before and after the headers", async () => {
  const api = intercept();
  const url = await link(api);
  api.emulator.faults.add({ on: "artifact", fault: { type: "reset" } });
  await expect(fetch(url)).rejects.toThrow(TypeError);
  api.emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 5 } });
  const response = await fetch(url);
  await expect(response.arrayBuffer()).rejects.toThrow(TypeError);
});

it("giving up ends a request that hangs", async () => {
  const api = intercept();
  const url = await link(api);
  api.emulator.faults.add({ on: "artifact", fault: { type: "hang" } });
  const controller = new AbortController();
  const hanging = fetch(url, { signal: controller.signal });
  await expect.poll(() => api.emulator.requests.length).toBe(3);
  controller.abort(new Error("enough"));
  await expect(hanging).rejects.toThrow("enough");
});

it("a body that ends early or late does not pass under a false length", async () => {
  const api = intercept();
  const url = await link(api);
  const whole = (await (await fetch(url)).arrayBuffer()).byteLength;
  const lengthWith = async (fault: Fault) => {
    api.emulator.faults.add({ on: "artifact", fault });
    const response = await fetch(url);
    return [response.headers.get("content-length"), (await response.arrayBuffer()).byteLength];
  };
  expect(await lengthWith({ type: "short", bytes: 100 })).toEqual([null, whole - 100]);
  expect(await lengthWith({ type: "long", bytes: 10 })).toEqual([null, whole + 10]);
  expect(await lengthWith({ type: "wrong-content-type" })).toEqual([String(whole), whole]);
});
