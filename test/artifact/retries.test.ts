import { createTestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { drain } from "./drain.js";
import { scriptedStore } from "./scripted-store.js";
import { type Answer, breaking, file, part, status, whole } from "./store-answers.js";

const lost: Answer = () => {
  throw new TypeError("fetch failed");
};
const refused: Answer = () =>
  Promise.reject(new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } }));
const noJitter = { random: () => 1 };
const threeRetries = { retry: { retries: 3 } };

it.each<[string, Answer, string, (readonly number[])?]>([
  ["a lost connection", lost, "NETWORK"],
  ["a refused connection", refused, "NETWORK"],
  ["HTTP 500", status(500), "PROVIDER_UNAVAILABLE"],
  ["HTTP 503", status(503), "PROVIDER_UNAVAILABLE"],
  ["HTTP 408", status(408), "PROVIDER_UNAVAILABLE"],
  // Whoever has asked too often comes back after seconds, also where no wait is named.
  ["HTTP 429", status(429), "RATE_LIMITED", [2_000, 4_000, 8_000]],
])("%s is tried again, with longer and longer waits, and then told", async (_, answer, code, waits) => {
  const store = scriptedStore(answer, { client: { ...noJitter, ...threeRetries } });
  const { error } = await drain(store.open());
  expect(error).toMatchObject({ code, operation: "artifact", retryable: true });
  expect(store.requests).toHaveLength(4);
  expect(store.clock.sleeps).toEqual(waits ?? [250, 500, 1000]);
  expect(store.events).toEqual(["open", "retry", "retry", "retry", "end"]);
  expect(store.located, "the URL was not to blame").toBe(1);
});

it("waits are spread over the whole of their length", async () => {
  const store = scriptedStore([status(500), whole()], { client: { random: () => 0.5 } });
  expect(await drain(store.open())).toEqual({ bytes: file });
  expect(store.clock.sleeps).toEqual([125]);
});

it.each([400, 401, 403])("HTTP %i is tried again with a fresh URL", async (code) => {
  const store = scriptedStore(status(code));
  const { error } = await drain(store.open());
  expect(error).toMatchObject({ code: "FORBIDDEN", status: code });
  expect(store.requests).toHaveLength(4);
  expect(store.located).toBe(4);
});

it.each<[number, string]>([
  [404, "ARTIFACT_MISSING"],
  [410, "ARTIFACT_MISSING"],
  [405, "REQUEST_INVALID"],
  [412, "REQUEST_INVALID"],
])("HTTP %i is not tried again", async (code, expected) => {
  const store = scriptedStore(status(code));
  const { error } = await drain(store.open());
  expect(error).toMatchObject({ code: expected, status: code, retryable: false });
  expect(store.requests).toHaveLength(1);
});

it("the client's own number of retries holds", async () => {
  const store = scriptedStore(status(500), { client: { retry: { retries: 1 } } });
  await drain(store.open());
  expect(store.requests).toHaveLength(2);
});

describe("Retry-After at the store", () => {
  it.each<[string, { [name: string]: string }]>([
    ["in seconds", { "retry-after": "120" }],
    ["as a date", { "retry-after": "Thu, 01 Jan 2026 00:02:00 GMT", date: "Thu, 01 Jan 2026 00:00:00 GMT" }],
  ])("%s is waited for", async (_, headers) => {
    const store = scriptedStore([whole({}, breaking(0, 400)), status(503, headers), part(400)], {
      locate: () => ({ expiresAt: new Date(Date.UTC(2027, 0)) }),
    });
    expect(await drain(store.open())).toEqual({ bytes: file });
    expect(store.clock.sleeps.slice(1)).toEqual([120_000]);
  });

  it("above the cap is an error that says when to come back, and no wait", async () => {
    const store = scriptedStore([whole({}, breaking(0, 400)), status(503, { "retry-after": "301" })], {
      client: { random: () => 0 },
    });
    const { bytes, error } = await drain(store.open());
    expect(error).toMatchObject({
      code: "PROVIDER_UNAVAILABLE",
      retryable: true,
      retryAt: new Date(store.clock.now() + 301_000),
    });
    expect(bytes).toEqual(file.subarray(0, 400));
    expect(store.requests).toHaveLength(2);
    expect(store.clock.sleeps).toEqual([0]);
  });

  it("a URL that ends during the wait is replaced", async () => {
    const store = scriptedStore([status(429, { "retry-after": "120" }), whole()]);
    expect(await drain(store.open())).toEqual({ bytes: file });
    expect(store.located).toBe(2);
  });
});

describe("the budget counts failures in a row without progress", () => {
  // Every answer brings 10 bytes and breaks: 99 breaks, and a budget of 3.
  it("so a connection that brings a little each time is not given up", async () => {
    const store = scriptedStore(({ headers }) => {
      const start = Number(/\d+/.exec(headers.range ?? "0"));
      const body = breaking(start, start + 10);
      const { range } = headers;
      return (range ? part(start, 1000, {}, body) : whole({}, body))({
        url: new URL("https://x.test"),
        headers,
      });
    });
    expect(await drain(store.open())).toEqual({ bytes: file });
    expect(store.requests).toHaveLength(100);
    expect(store.events.filter((type) => type === "resume")).toHaveLength(99);
    expect(store.events).not.toContain("retry");
  });

  it("and starts over with every new byte", async () => {
    const bad = [lost, status(500), lost];
    const store = scriptedStore([
      ...bad,
      whole({}, breaking(0, 400)),
      ...bad,
      part(400, 1000, {}, breaking(400, 401)),
      ...bad,
      part(401),
    ]);
    expect(await drain(store.open())).toEqual({ bytes: file });
    expect(store.requests).toHaveLength(12);
  });

  it("bytes that are skipped are no progress", async () => {
    const again = whole({}, breaking(0, 400));
    const store = scriptedStore([again, again, again, again, again], { client: threeRetries });
    const { bytes, error } = await drain(store.open());
    expect(error).toMatchObject({ code: "NETWORK" });
    expect(bytes).toEqual(file.subarray(0, 400));
    expect(store.requests).toHaveLength(5);
  });

  it("a connection that opens and breaks before its first byte counts", async () => {
    const store = scriptedStore(whole({}, breaking(0, 0)), { client: threeRetries });
    const { error } = await drain(store.open());
    expect(error).toMatchObject({ code: "NETWORK" });
    // One to open the download, which has the headers and is no failure yet; its body then fails as the first of four.
    expect(store.requests).toHaveLength(4);
  });
});

it("the time since the last progress is a budget too", async () => {
  const store = scriptedStore([whole({}, breaking(0, 400)), status(500), status(500), part(400)], {
    client: { random: () => 1, retry: { minDelayMs: 1000, maxElapsedMs: 2500 } },
  });
  const { error } = await drain(store.open());
  expect(error).toMatchObject({ code: "PROVIDER_UNAVAILABLE" });
  // A second, and not two more.
  expect(store.clock.sleeps).toEqual([1000, 1000]);
});

it("no headers in time: the request is given up and tried again", async () => {
  const clock = createTestClock();
  const silence: Answer = () => new Promise(() => {});
  const store = scriptedStore([silence, whole()], { clock });
  const drained = drain(store.open());
  await expect.poll(() => store.requests.length).toBe(1);
  clock.advance(29_999);
  expect(store.requests).toHaveLength(1);
  clock.advance(1);
  expect(await drained).toEqual({ bytes: file });
  expect(store.requests).toHaveLength(2);
  expect(clock.waiting).toBe(0);
});

it("no headers in time, for ever: TIMEOUT after the budget", async () => {
  const clock = createTestClock();
  const store = scriptedStore(() => new Promise(() => {}), { clock, client: threeRetries });
  const drained = drain(store.open());
  for (let attempt = 1; attempt <= 4; attempt++) {
    await expect.poll(() => store.requests.length).toBe(attempt);
    clock.advance(30_000);
  }
  expect((await drained).error).toMatchObject({ code: "TIMEOUT", retryable: true });
  expect(store.requests).toHaveLength(4);
});
