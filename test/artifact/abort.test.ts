import { createTestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { refuseUnhandledRejections } from "../support/unhandled-rejections.js";
import { drain } from "./drain.js";
import { scriptedStore } from "./scripted-store.js";
import { type Answer, breaking, file, lines, status, whole } from "./store-answers.js";

const never: Answer = () => new Promise(() => {});
const silentAt400 = whole({}, breaking(0, 400, "silence"));
// Aborting takes any value for a reason, and that very value comes back.
const reasons: readonly (readonly [string, unknown])[] = [
  ["an error", new Error("enough")],
  ["a string", "enough"],
  ["an object", { enough: true }],
];

refuseUnhandledRejections();

describe.each(reasons)("aborted with %s, the very reason comes back", (_, reason) => {
  it("before anything", async () => {
    const store = scriptedStore([whole()]);
    await expect(store.open({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(store.located).toBe(0);
  });

  it("while locating", async () => {
    const controller = new AbortController();
    const store = scriptedStore([whole()], {
      delivery: {
        locate: async (context) => {
          controller.abort(reason);
          await context.request({ method: "GET", url: "https://api.example.test/where" });
          throw new Error("not reached");
        },
      },
    });
    await expect(store.open({ signal: controller.signal })).rejects.toBe(reason);
    expect(store.requests).toHaveLength(0);
  });

  it("while connecting", async () => {
    const controller = new AbortController();
    const store = scriptedStore(never);
    const opening = store.open({ signal: controller.signal });
    await expect.poll(() => store.requests.length).toBe(1);
    controller.abort(reason);
    await expect(opening).rejects.toBe(reason);
    expect(store.requests).toHaveLength(1);
    expect(store.clock.waiting).toBe(0);
  });

  it("while a chunk is awaited", async () => {
    const controller = new AbortController();
    const store = scriptedStore([silentAt400]);
    const drained = drain(store.open({ signal: controller.signal }));
    await expect.poll(() => store.clock.waiting).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort(reason);
    const { bytes, error } = await drained;
    expect(error).toBe(reason);
    expect(bytes).toEqual(file.subarray(0, 400));
    expect(store.openBodies).toBe(0);
    expect(store.clock.waiting).toBe(0);
  });

  it("between two chunks", async () => {
    const controller = new AbortController();
    const store = scriptedStore([whole()]);
    const reader = (await store.open({ signal: controller.signal })).bytes().getReader();
    await reader.read();
    controller.abort(reason);
    await expect(reader.read()).rejects.toBe(reason);
    expect(store.openBodies).toBe(0);
    expect(store.requests).toHaveLength(1);
  });

  it("between two records of one chunk", async () => {
    const controller = new AbortController();
    const store = scriptedStore([lines()]);
    const records = (await store.open({ signal: controller.signal })).records();
    await records.next();
    controller.abort(reason);
    await expect(records.next()).rejects.toBe(reason);
    expect(store.openBodies).toBe(0);
  });

  it.each<[string, readonly Answer[]]>([
    ["before a retry", [status(500)]],
    ["before resuming", [whole({}, breaking(0, 400))]],
    ["that the store asked for", [status(503, { "retry-after": "60" })]],
  ])("during the wait %s", async (_name, script) => {
    const clock = createTestClock(undefined, { autoAdvance: false });
    const controller = new AbortController();
    const store = scriptedStore(script, { clock, client: { random: () => 1 } });
    const drained = drain(store.open({ signal: controller.signal }));
    await expect.poll(() => clock.sleeps.length).toBe(1);
    controller.abort(reason);
    expect((await drained).error).toBe(reason);
    expect(store.requests).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });
});
