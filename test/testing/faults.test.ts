import { authgearExportBytes, type Fault, serveEmulator } from "exportkit/testing";
import { afterEach, describe, expect, it } from "vitest";
import { collectBytes } from "../support/collect.js";
import { type AdminApi, adminApi, exportPath, token } from "./authgear/admin-api.js";

type Send = (url: string, init?: RequestInit) => Promise<Response>;
type Options = Parameters<typeof adminApi>[0];

const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
const start = { method: "POST", headers, body: '{"format":"ndjson"}' };
const whole = await collectBytes(authgearExportBytes({ format: "ndjson", users: 100 }));

let release: () => Promise<void> = async () => {};
afterEach(() => release());

/** Reads what comes before a body breaks off; the error, if it did. */
async function read(response: Response): Promise<{ readonly bytes: Uint8Array; readonly error?: unknown }> {
  const parts: Uint8Array[] = [];
  const bytes = () => new Uint8Array(Buffer.concat(parts));
  try {
    for await (const chunk of response.body ?? []) parts.push(chunk);
    return { bytes: bytes() };
  } catch (error) {
    return { bytes: bytes(), error };
  }
}

const asFetch = async (options?: Options): Promise<[AdminApi, Send]> => {
  const api = adminApi(options);
  release = async () => {};
  return [api, api.emulator.fetch];
};
const overSockets = async (options?: Options): Promise<[AdminApi, Send]> => {
  const api = adminApi(options);
  const served = await serveEmulator(api.emulator);
  release = () => served.close();
  return [api, fetch];
};

describe.each([
  ["as fetch", asFetch],
  ["over sockets", overSockets],
])("faults %s", (_, open) => {
  async function file(fault: Fault, options?: Options): Promise<[Send, string, AdminApi]> {
    const [api, send] = await open(options);
    const url = await api.link();
    api.emulator.faults.add({ on: "artifact", fault });
    return [send, url, api];
  }

  it("reset: no answer, and nothing happened", async () => {
    const [api, send] = await open();
    api.emulator.faults.add({ on: "start", fault: { type: "reset" } });
    await expect(send(`${api.emulator.endpoint}${exportPath}`, start)).rejects.toThrow("fetch failed");
    expect(api.emulator.tasks).toHaveLength(0);
    expect(api.emulator.requests).toMatchObject([{ operation: "start", status: undefined }]);
    expect((await send(`${api.emulator.endpoint}${exportPath}`, start)).status).toBe(200);
  });

  it("reset, hang and status with effect: the export runs all the same", async () => {
    const [api, send] = await open();
    const url = `${api.emulator.endpoint}${exportPath}`;
    api.emulator.faults.add({ on: "start", fault: { type: "reset", effect: true } });
    await expect(send(url, start)).rejects.toThrow(TypeError);
    api.emulator.faults.add({ on: "start", fault: { type: "status", status: 502, effect: true } });
    expect((await send(url, start)).status).toBe(502);
    api.emulator.faults.add({ on: "start", fault: { type: "hang", effect: true } });
    const controller = new AbortController();
    const hanging = send(url, { ...start, signal: controller.signal });
    await expect.poll(() => api.emulator.tasks.length).toBe(3);
    controller.abort(new Error("enough"));
    await expect(hanging).rejects.toThrow("enough");
  });

  it("status: a proxy's page, with its headers", async () => {
    const [api, send] = await open();
    const fault: Fault = {
      type: "status",
      status: 503,
      headers: { "retry-after": "7" },
      body: "<h1>busy</h1>",
    };
    api.emulator.faults.add({ on: "api", times: 2, fault });
    const responses = [
      await send(`${api.emulator.endpoint}${exportPath}`, start),
      await send(`${api.emulator.endpoint}${exportPath}/x`, { headers }),
    ];
    for (const response of responses) {
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("7");
      expect(response.headers.get("content-type")).toMatch("text/html");
      expect(await response.text()).toBe("<h1>busy</h1>");
    }
    expect(api.emulator.tasks).toHaveLength(0);
  });

  it.each([0, 1, 70_000])("drop after %i bytes", async (afterBytes) => {
    const [send, url] = await file({ type: "drop", afterBytes }, { chunkBytes: 10_000 });
    const response = await send(url);
    expect(response.status).toBe(200);
    const { bytes, error } = await read(response);
    expect(error).toBeInstanceOf(TypeError);
    // What was on its way when a socket breaks may be lost, and the rest is right.
    expect(bytes.length).toBeLessThanOrEqual(afterBytes);
    expect(bytes).toEqual(whole.slice(0, bytes.length));
    expect((await read(await send(url))).bytes).toEqual(whole);
  });

  it("stall: nothing more comes until the caller gives up", async () => {
    const [send, url, api] = await file({ type: "stall", afterBytes: 500 });
    const controller = new AbortController();
    const response = await send(url, { signal: controller.signal });
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value?.length).toBe(500);
    const next = reader?.read();
    controller.abort(new Error("stalled"));
    await expect(next).rejects.toThrow("stalled");
    expect(api.emulator.requests.at(-1)).toMatchObject({ status: 200, bytes: 500 });
  });

  it("drip: the whole, little by little, on the emulator's clock", async () => {
    const [send, url, api] = await file({ type: "drip", bytes: 20_000, everyMs: 1000 }, { users: 50 });
    const before = api.clock.now();
    const { bytes, error } = await read(await send(url));
    expect(error).toBeUndefined();
    expect(bytes.length).toBeGreaterThan(40_000);
    expect(api.clock.now() - before).toBe(Math.ceil(bytes.length / 20_000) * 1000);
  });

  it("short: a clean end too early", async () => {
    const [send, url] = await file({ type: "short", bytes: 7 });
    const response = await send(url, { headers: { range: "bytes=100-" } });
    const { bytes, error } = await read(response);
    expect(error).toBeUndefined();
    expect(response.headers.get("content-range")).toBe(`bytes 100-${whole.length - 1}/${whole.length}`);
    expect(bytes).toEqual(whole.slice(100, -7));
  });

  it("long: more than there is", async () => {
    const [send, url] = await file({ type: "long", bytes: 7 });
    const { bytes, error } = await read(await send(url));
    expect(error).toBeUndefined();
    expect(bytes.length).toBe(whole.length + 7);
    expect(bytes.slice(0, -7)).toEqual(whole);
  });

  it("truncate-json and wrong-content-type", async () => {
    const [api, send] = await open();
    const url = `${api.emulator.endpoint}${exportPath}`;
    api.emulator.faults.add({ on: "start", fault: { type: "truncate-json" } });
    const broken = await send(url, start);
    expect(broken.status).toBe(200);
    await expect(broken.json()).rejects.toThrow(SyntaxError);
    api.emulator.faults.add({ on: "start", fault: { type: "wrong-content-type" } });
    const typed = await send(url, start);
    expect(typed.headers.get("content-type")).toBe("text/html");
    expect(await typed.json()).toHaveProperty("result");
  });

  it("lying-range: a 206 whose headers are not the truth", async () => {
    const [send, url, api] = await file({ type: "lying-range", start: 5, total: 9, etag: '"other"' });
    const response = await send(url, { headers: { range: "bytes=100-199" } });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe("bytes 5-199/9");
    expect(response.headers.get("etag")).toBe('"other"');
    expect((await read(response)).bytes).toEqual(whole.slice(100, 200));
    api.emulator.faults.add({ on: "artifact", fault: { type: "lying-range", start: 5 } });
    expect((await send(url)).headers.get("content-range")).toBeNull();
  });

  it("expire: this once, at the store and at the API", async () => {
    const [send, url, api] = await file({ type: "expire" });
    const refused = await send(url);
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("ExpiredToken")]);
    expect((await send(url)).status).toBe(200);
    api.emulator.faults.add({ on: "start", fault: { type: "expire" } });
    expect((await send(`${api.emulator.endpoint}${exportPath}`, start)).status).toBe(403);
  });

  it("change: from now on another object", async () => {
    const [api, send] = await open();
    const url = await api.link();
    const before = await send(url);
    const etag = before.headers.get("etag") ?? "";
    await before.arrayBuffer();
    api.emulator.faults.add({ on: "artifact", fault: { type: "change" } });
    for (let i = 0; i < 2; i++) {
      const after = await send(url, { headers: { range: "bytes=10-", "if-range": etag } });
      expect(after.status).toBe(200);
      expect(after.headers.get("etag")).not.toBe(etag);
      expect((await read(after)).bytes).not.toEqual(whole);
    }
  });

  it("redirect: followed, shown or refused, as asked", async () => {
    const [send, url, api] = await file({ type: "redirect", to: "/elsewhere" });
    const shown = await send(url, { redirect: "manual" });
    expect([shown.status, shown.headers.get("location")]).toEqual([302, "/elsewhere"]);
    await shown.text();
    api.emulator.faults.add({ on: "artifact", fault: { type: "redirect", to: url, status: 307 } });
    expect((await read(await send(url))).bytes).toEqual(whole);
    api.emulator.faults.add({ on: "artifact", fault: { type: "redirect", to: url } });
    await expect(send(url, { redirect: "error" })).rejects.toThrow("fetch failed");
  });
});
