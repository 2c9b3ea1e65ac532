import { expect, it } from "vitest";
import { refuseUnhandledRejections } from "../support/unhandled-rejections.js";
import { drain } from "./drain.js";
import { scriptedStore } from "./scripted-store.js";
import { breaking, file, lines, part, status, whole } from "./store-answers.js";

const silentAt400 = whole({}, breaking(0, 400, "silence"));
refuseUnhandledRejections();

/** A signal that counts who listens to it. */
function countingSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  const counts = { now: 0, most: 0 };
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    counts.now += 1;
    counts.most = Math.max(counts.most, counts.now);
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    counts.now -= 1;
    remove(...args);
  };
  return { controller, signal, counts };
}

it("break closes the connection", async () => {
  const store = scriptedStore([lines()]);
  for await (const _ of await store.open()) break;
  expect(store.openBodies).toBe(0);
  expect(store.clock.waiting).toBe(0);
});

it("cancelling the bytes closes the connection", async () => {
  const store = scriptedStore([whole()]);
  const reader = (await store.open()).bytes().getReader();
  await reader.read();
  await reader.cancel();
  expect(store.openBodies).toBe(0);
});

it("cancelling the bytes before the first of them closes the connection", async () => {
  const store = scriptedStore([whole()]);
  await (await store.open()).bytes().cancel();
  expect(store.openBodies).toBe(0);
});

it("cancelling the bytes while a chunk is awaited does not wait for it", async () => {
  const store = scriptedStore([whole({}, breaking(0, 0, "silence"))]);
  const reader = (await store.open()).bytes().getReader();
  const pending = reader.read();
  await expect.poll(() => store.clock.waiting).toBe(1);
  await reader.cancel();
  expect(await pending).toEqual({ done: true, value: undefined });
  expect(store.openBodies).toBe(0);
  expect(store.clock.waiting).toBe(0);
});

it("cancelling a response's body while a chunk is awaited closes the connection", async () => {
  const store = scriptedStore([whole({}, breaking(0, 0, "silence"))]);
  const body = (await store.open()).toResponse().body;
  const reader = body?.getReader();
  const pending = reader?.read();
  await expect.poll(() => store.clock.waiting).toBe(1);
  await reader?.cancel();
  await pending;
  expect(store.openBodies).toBe(0);
});

it("giving the records back before the first of them closes the connection", async () => {
  const store = scriptedStore([lines()]);
  const records = (await store.open()).records();
  await records.return?.();
  expect(store.openBodies).toBe(0);
});

it("disposing of a download that was never read closes the connection", async () => {
  const store = scriptedStore([whole()]);
  const { signal, counts } = countingSignal();
  const download = await store.open({ signal });
  expect(store.openBodies).toBe(1);
  await download[Symbol.asyncDispose]();
  await download[Symbol.asyncDispose]();
  expect(store.openBodies).toBe(0);
  expect(counts).toEqual({ now: 0, most: 1 });
  expect(() => download.bytes()).toThrow(expect.objectContaining({ code: "ALREADY_CONSUMED" }));
});

it("disposing of a download that is being read ends the reading", async () => {
  const store = scriptedStore([silentAt400]);
  const download = await store.open();
  const drained = drain(Promise.resolve(download));
  await expect.poll(() => store.clock.waiting).toBe(1);
  await new Promise((resolve) => setImmediate(resolve));
  await download[Symbol.asyncDispose]();
  expect((await drained).error).toMatchObject({ name: "AbortError" });
  expect(store.openBodies).toBe(0);
  expect(store.clock.waiting).toBe(0);
});

it("disposing of a download ends its records, those of the chunk at hand too", async () => {
  const store = scriptedStore([lines()]);
  const download = await store.open();
  const records = download.records();
  await records.next();
  await download[Symbol.asyncDispose]();
  await expect(records.next()).rejects.toMatchObject({ name: "AbortError" });
  expect(await records.next()).toEqual({ done: true, value: undefined });
  expect(store.openBodies).toBe(0);
});

it("an aborted, unread download leaves nothing open", async () => {
  const controller = new AbortController();
  const store = scriptedStore([whole()]);
  await store.open({ signal: controller.signal });
  controller.abort(new Error("enough"));
  expect(store.openBodies).toBe(0);
});

it("a failing download leaves nothing open and nobody listening", async () => {
  const { signal, counts } = countingSignal();
  const store = scriptedStore(status(500));
  await expect(store.open({ signal })).rejects.toMatchObject({ code: "PROVIDER_UNAVAILABLE" });
  expect(counts.now).toBe(0);
  expect(store.openBodies).toBe(0);
});

it("however often a download reconnects, one listener is all it has at the caller's signal", async () => {
  const { signal, counts } = countingSignal();
  const store = scriptedStore((request) => {
    const start = Number(/\d+/.exec(request.headers.range ?? "0"));
    const body = breaking(start, start + 10);
    return start === 0 ? whole({}, body)(request) : part(start, 1000, {}, body)(request);
  });
  expect(await drain(store.open({ signal }))).toEqual({ bytes: file });
  expect(store.requests).toHaveLength(100);
  expect(counts).toEqual({ now: 0, most: 1 });
  expect(store.clock.waiting).toBe(0);
  expect(store.openBodies).toBe(0);
});

it("no signal gathers listeners, however often a download reconnects or is redirected", async () => {
  const listeners = new Map<EventTarget, number>();
  let most = 0;
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  const count = (target: EventTarget, change: number) => {
    const now = (listeners.get(target) ?? 0) + change;
    listeners.set(target, now);
    most = Math.max(most, now);
  };
  try {
    EventTarget.prototype.addEventListener = function (this: EventTarget, ...args) {
      count(this, 1);
      return addEventListener.apply(this, args);
    };
    EventTarget.prototype.removeEventListener = function (this: EventTarget, ...args) {
      count(this, -1);
      return removeEventListener.apply(this, args);
    };
    const store = scriptedStore((request) => {
      if (request.url.pathname === "/file") return status(302, { location: "/redirected" })(request);
      const start = Number(/\d+/.exec(request.headers.range ?? "0"));
      // Every second connection breaks before its first byte.
      const body = breaking(start, store.requests.length % 4 === 0 ? start : start + 40);
      return start === 0 ? whole({}, body)(request) : part(start, 1000, {}, body)(request);
    });
    expect(await drain(store.open())).toEqual({ bytes: file });
    expect(store.requests.length).toBeGreaterThan(90);
  } finally {
    Object.assign(EventTarget.prototype, { addEventListener, removeEventListener });
  }
  expect(listeners.size).toBeGreaterThan(50);
  expect(most).toBeLessThan(10);
});
