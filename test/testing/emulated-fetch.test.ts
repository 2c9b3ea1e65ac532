import { describe, expect, it } from "vitest";
import { adminApi, exportPath, token } from "./authgear/admin-api.js";

const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
const start = { method: "POST", headers, body: '{"format":"ndjson"}' };

describe("redirects as fetch follows them", () => {
  it("a token stays on its origin, a POST becomes a GET on 302 and stays one on 307", async () => {
    const { emulator } = adminApi();
    const to = `${emulator.storeOrigin}/taken`;
    emulator.faults.add({ on: "start", fault: { type: "redirect", to } });
    emulator.faults.add({ on: "start", fault: { type: "redirect", to, status: 307 } });
    await emulator.fetch(`${emulator.endpoint}${exportPath}`, start);
    await emulator.fetch(`${emulator.endpoint}${exportPath}`, start);
    expect(emulator.requests.filter(({ operation }) => operation === "artifact")).toMatchObject([
      { method: "GET", path: "/taken", headers: [] },
      { method: "POST", path: "/taken", headers: ["content-type"] },
    ]);
  });

  it("to an origin that is not the vendor's they fail, and are recorded", async () => {
    const { emulator } = adminApi({
      faults: [{ on: "start", fault: { type: "redirect", to: "https://evil.example/x?y" } }],
    });
    await expect(emulator.fetch(`${emulator.endpoint}${exportPath}`, start)).rejects.toThrow("fetch failed");
    expect(emulator.requests.at(-1)).toMatchObject({
      operation: "foreign",
      path: "/x",
      origin: "https://evil.example",
    });
  });

  it("a loop ends", async () => {
    const { emulator } = adminApi();
    emulator.faults.add({ on: "any", times: 100, fault: { type: "redirect", to: "/again" } });
    await expect(emulator.fetch(emulator.endpoint)).rejects.toThrow("fetch failed");
    expect(emulator.requests).toHaveLength(21);
  });
});

describe("the caller's signal", () => {
  it("stops a request before, while and after it is answered, and keeps no listener", async () => {
    const { emulator, link } = adminApi({ latencyMs: 10, chunkBytes: 1000 });
    const url = await link();
    const aborted = AbortSignal.abort(new Error("before"));
    await expect(emulator.fetch(url, { signal: aborted })).rejects.toThrow("before");

    const running = new AbortController();
    const pending = emulator.fetch(url, { signal: running.signal });
    running.abort(new Error("while"));
    await expect(pending).rejects.toThrow("while");

    const reading = new AbortController();
    const counted = countListeners(reading.signal);
    const response = await emulator.fetch(new Request(url), { signal: reading.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    reading.abort(new Error("after"));
    await expect(reader?.read()).rejects.toThrow("after");
    expect(counted()).toBe(0);
  });

  it.each(["read to the end", "cancelled", "empty"])("has no listener left on a body %s", async (how) => {
    const { emulator, link } = adminApi({ users: how === "empty" ? 0 : 100 });
    const controller = new AbortController();
    const counted = countListeners(controller.signal);
    const response = await emulator.fetch(await link(), { signal: controller.signal });
    if (how === "cancelled") await response.body?.cancel();
    else await response.arrayBuffer();
    expect(counted()).toBe(0);
  });
});

/** Counts the listeners on a signal; those that fire once are gone when it fires. */
function countListeners(signal: AbortSignal): () => number {
  const live = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: unknown,
  ) => {
    live.add(listener);
    add(type, listener, options as AddEventListenerOptions);
  };
  signal.removeEventListener = (type: string, listener: EventListenerOrEventListenerObject) => {
    live.delete(listener);
    remove(type, listener);
  };
  return () => live.size;
}
