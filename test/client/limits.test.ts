import { type ClientSettings, createExportClient, type ExportError, type ExportJob } from "exportkit";
import { authgear } from "exportkit/authgear";
import { advanceExport, beginExport } from "exportkit/durable";
import { createZephrEmulator, type TestClock } from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";
import { memorySink } from "../durable/memory-sink.js";
import { entries, idsOf, names, overHttp, pageOf, pagesOf, provider } from "../pages/listing-provider.js";
import { accessRequest, type TenantOptions, tenant } from "../providers/avepoint/tenant.js";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { settle } from "../support/turns.js";
import { harness, token } from "./harness.js";

/** Answers one by one, when the test says so. */
function doorman(fetch: typeof globalThis.fetch) {
  const waiting: (() => void)[] = [];
  const seen: string[] = [];
  let open = 0;
  let most = 0;
  return {
    waiting,
    seen,
    get most() {
      return most;
    },
    /** Lets the first request continue, and everything happen that follows from it. */
    async next() {
      waiting.shift()?.();
      await settle();
    },
    fetch: (async (input, init) => {
      open += 1;
      most = Math.max(most, open);
      seen.push(String(input));
      try {
        await new Promise<void>((resolve, reject) => {
          waiting.push(resolve);
          init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
        });
        return await fetch(input, init);
      } finally {
        open -= 1;
      }
    }) as typeof globalThis.fetch,
  };
}

const pages = pagesOf(entries(60), 5);
const pageServer: typeof globalThis.fetch = async (input) => {
  const page = Number(new URL(String(input)).pathname.split("/").at(-1));
  return Response.json(pages({ page }));
};

function listing(settings: ClientSettings, fetch = pageServer) {
  const door = doorman(fetch);
  const client = createExportClient({
    providers: { list: provider({ fetchPage: overHttp }) },
    fetch: door.fetch,
    ...settings,
  });
  return { client, door };
}

/** Answers whatever comes until the work is done. */
async function answering<T>(door: ReturnType<typeof doorman>, work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  done.catch(() => {});
  while (!isDone) await door.next();
  return done;
}

describe("limits.requests", () => {
  it.each([1, 2, 3])("lets no more than %i through at a time, and everything through", async (requests) => {
    const { client, door } = listing({ limits: { requests }, prefetchPages: 6 });
    const read = async () => idsOf(await client.runExport("list", {}));
    const all = await answering(door, Promise.all([read(), read(), read()]));
    for (const ids of all) expect(ids).toEqual(names(60));
    expect(door.most).toBe(requests);
  });

  it("is none by default", async () => {
    const { client, door } = listing({ prefetchPages: 6 });
    const read = async () => idsOf(await client.runExport("list", {}));
    await answering(door, Promise.all([read(), read()]));
    expect(door.most).toBeGreaterThan(3);
  });

  it("is for each connection by itself", async () => {
    const door = doorman(pageServer);
    const client = createExportClient({
      providers: { a: provider({ fetchPage: overHttp }), b: provider({ fetchPage: overHttp }) },
      fetch: door.fetch,
      limits: { requests: 1 },
    });
    const read = async (name: "a" | "b") => idsOf(await client.runExport(name, {}));
    await answering(door, Promise.all([read("a"), read("b")]));
    expect(door.most).toBe(2);
  });

  it("is fair: who came first is let through first", async () => {
    const { client, emulator } = harness({ emulator: { jobDurationMs: 0 } });
    const jobs: ExportJob[] = [];
    for (let n = 0; n < 6; n++) jobs.push(await client.startExport("users", { format: "ndjson" }));
    const door = doorman(emulator.fetch);
    const limited = harness({ settings: { limits: { requests: 1 }, fetch: door.fetch } });
    const ended: string[] = [];
    const polls = jobs.map((job) =>
      limited.client.pollExport(job as never).then(({ id }) => void ended.push((id as string) ?? "")),
    );
    await answering(door, Promise.all(polls));
    expect(ended).toEqual(jobs.map(({ id }) => id));
    expect(door.seen.map((url) => new URL(url).pathname.split("/").at(-1))).toEqual(ended);
  });

  it("lets the request for a token through with the one that needs it", async () => {
    const { client, count } = tenant({ client: { limits: { requests: 1 } } });
    const rows = await Promise.all(
      Array.from({ length: 4 }, async () => collect(await client.runExport("access", accessRequest))),
    );
    expect(new Set(rows.map(({ length }) => length)).size).toBe(1);
    expect(rows[0]?.length).toBeGreaterThan(5);
    expect(count("token")).toBeGreaterThan(0);
  });

  it("is not held by a file that is being read", async () => {
    const { client } = harness({
      emulator: { users: 50, chunkBytes: 1_000, jobDurationMs: 0 },
      settings: { limits: { requests: 1 } },
    });
    const download = await client.runExport("users", { format: "ndjson" });
    let other = await client.startExport("users", { format: "csv" });
    let read = 0;
    for await (const _ of download) {
      if (read++ % 10 === 0) other = await client.pollExport(other);
    }
    expect(read).toBe(50);
    expect(await collect(await client.download(other))).toHaveLength(50);
  });

  it("is given back by what fails, and by what is broken off", async () => {
    const { client, emulator } = harness({
      emulator: { users: 50, chunkBytes: 500, jobDurationMs: 0 },
      settings: { limits: { requests: 1 }, retry: { retries: 0 } },
    });
    for (const fault of [
      { type: "reset" },
      { type: "status", status: 500 },
      { type: "truncate-json" },
      { type: "status", status: 404 },
    ] as const) {
      const job = await client.startExport("users", { format: "ndjson" });
      emulator.faults.add({ on: "poll", fault });
      await client.pollExport(job).catch(() => {});
      for await (const _ of await client.download(await client.waitForExport(job))) break;
    }
    expect(await collect(await client.runExport("users", { format: "ndjson" }))).toHaveLength(50);
  });

  it("does not count the wait for one's turn as the request's own time", async () => {
    let clock: TestClock | undefined;
    const slow = harness({
      emulator: { jobDurationMs: 0 },
      settings: { limits: { requests: 1 }, timeouts: { requestMs: 30_000 } },
      // Each takes 20 s.
      intercept: async (_, proceed) => {
        clock?.advance(20_000);
        return proceed();
      },
    });
    const jobs = [];
    for (let n = 0; n < 5; n++) jobs.push(await slow.client.startExport("users", { format: "ndjson" }));
    clock = slow.clock;
    const before = clock.now();
    await Promise.all(jobs.map((job) => slow.client.pollExport(job)));
    expect(clock.now() - before).toBe(100_000);
  });

  it("signs behind the wait, so that no signature grows old in it", async () => {
    const { clock } = harness();
    const emulator = createZephrEmulator({ keys: { a: "s" }, users: 3, clock, clockToleranceMs: 60_000 });
    const client = createExportClient({
      providers: { readers: zephr({ baseUrl: emulator.endpoint, accessKey: "a", secretKey: "s" }) },
      fetch: async (input, init) => {
        const response = await emulator.fetch(input as string, init);
        clock.advance(25_000);
        return response;
      },
      clock,
      limits: { requests: 1 },
    });
    const starts = await Promise.all(Array.from({ length: 6 }, () => client.startExport("readers", {})));
    expect(starts).toHaveLength(6);
    expect(emulator.requests.map(({ status }) => status)).toEqual(Array(6).fill(200));
  });

  it.each(["poll", "start"] as const)(
    "lets a %s that waits be aborted: nothing of it is sent",
    async (what) => {
      const known = harness({ emulator: { jobDurationMs: 0 } });
      const job = await known.client.startExport("users", { format: "ndjson" });
      const door = doorman(known.emulator.fetch);
      const { client } = harness({ settings: { limits: { requests: 1 }, fetch: door.fetch } });
      const first = client.pollExport(job as never);
      await settle();
      const controller = new AbortController();
      const { signal } = controller;
      const second =
        what === "poll"
          ? client.pollExport(job as never, { signal })
          : client.startExport("users", { format: "csv" }, { signal });
      const third = client.pollExport(job as never);
      await settle();
      const reason = new Error("enough");
      controller.abort(reason);
      expect(await rejection(second)).toBe(reason);
      await answering(door, Promise.all([first, third]));
      expect(door.seen).toHaveLength(2);
    },
  );

  it("ends the wait with the budget, before anything is sent", async () => {
    const { client, clock, emulator } = harness({ emulator: { jobDurationMs: 0 } });
    const job = await client.startExport("users", { format: "ndjson" });
    const door = doorman(emulator.fetch);
    const limited = createExportClient({
      providers: {
        users: authgear({ endpoint: emulator.endpoint, token }),
      },
      fetch: door.fetch,
      clock,
      limits: { requests: 1 },
    });
    const first = limited.pollExport(job);
    await settle();
    const second = limited.startExport(
      "users",
      { format: "csv" },
      { budget: { deadline: clock.now() + 5_000 } },
    );
    second.catch(() => {});
    await settle();
    clock.advance(5_000);
    expect(await rejection<ExportError>(second)).toMatchObject({
      code: "TIMEOUT",
      retryable: true,
      details: { budget: "deadline" },
    });
    await answering(door, first);
    expect(door.seen).toHaveLength(1);
  });
});

const minute = 60_000;
const limited = (options: TenantOptions = {}) =>
  tenant({
    emulator: { jobDurationMs: 3 * minute, maxRunningJobs: 2 },
    client: { limits: { jobs: 2 } },
    ...options,
  });

describe("limits.jobs", () => {
  it("refuses a start too many before anything is sent", async () => {
    const { client, sent } = limited();
    const job = await client.startExport("access", accessRequest);
    await client.startExport("access", accessRequest);
    const before = sent.length;
    expect(await rejection(client.startExport("access", accessRequest))).toMatchObject({
      code: "CONCURRENCY_LIMIT",
      retryable: true,
      connection: "access",
      details: { running: 2, limit: 2 },
    });
    expect(sent).toHaveLength(before);
    await client.waitForExport(job);
    await client.startExport("access", accessRequest);
  });

  it("holds for every vendor whose jobs run there", async () => {
    const { client, emulator } = harness({ settings: { limits: { jobs: 1 } } });
    const job = await client.startExport("users", { format: "ndjson" });
    expect(await rejection(client.startExport("users", { format: "csv" }))).toMatchObject({
      code: "CONCURRENCY_LIMIT",
    });
    expect(emulator.requests).toHaveLength(1);
    await client.waitForExport(job);
    expect(await client.startExport("users", { format: "csv" })).toHaveProperty("id");
  });

  it("counts no start that was refused", async () => {
    const { client, emulator } = harness({ settings: { limits: { jobs: 1 } } });
    emulator.faults.add({ on: "start", fault: { type: "status", status: 404 } });
    expect(await rejection(client.startExport("users", { format: "csv" }))).toMatchObject({
      code: "NOT_FOUND",
    });
    expect(await client.startExport("users", { format: "csv" })).toHaveProperty("id");
  });

  it.each([
    [{ limits: { jobs: 1 } }, 3, 1],
    [{ limits: { jobs: 3 } }, 1, 1],
    [{}, 2, 2],
    [{ limits: { jobs: 2 } }, undefined, 2],
  ])("%j beside maxRunningJobs %s: the lower one holds", async (client, maxRunningJobs, most) => {
    const at = limited({ client, options: maxRunningJobs === undefined ? {} : { maxRunningJobs } });
    const starts = [1, 2, 3, 4].map(() => at.client.startExport("access", accessRequest));
    const outcomes = await Promise.allSettled(starts);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(most);
  });

  it("lets runExport wait for its turn, in order: no more run at the vendor, and all come to their end", async () => {
    const order: string[] = [];
    const { client, emulator } = limited();
    const runs = Array.from({ length: 7 }, async (_, index) => {
      const download = await client.runExport(
        "access",
        { ...accessRequest, email: `u${index}@contoso.com` },
        {
          onProgress: (job) => {
            const { email } = job.request as { email: string };
            if (!order.includes(email)) order.push(email);
          },
        },
      );
      return collect(download);
    });
    // The emulator refuses a third job.
    const all = await Promise.all(runs);
    expect(all.map(({ length }) => length)).toEqual(Array(7).fill(all[0]?.length));
    expect(emulator.jobs).toHaveLength(7);
    // Two start at the same time, and either may be answered first.
    const places = order.map((email, place) => Math.abs(Number(email.slice(1, 2)) - place));
    expect(places).toHaveLength(7);
    expect(Math.max(...places)).toBeLessThanOrEqual(1);
  });

  it("counts the wait against timeoutMs, as TIMEOUT without a job; nothing is sent", async () => {
    const { client, clock, sent } = limited();
    const jobs = [1, 2].map(() => client.startExport("access", accessRequest));
    await Promise.all(jobs);
    const before = sent.length;
    const waiting = client.runExport("access", accessRequest, { timeoutMs: minute });
    waiting.catch(() => {});
    await settle();
    clock.advance(minute);
    const error = await rejection<ExportError>(waiting);
    expect(error).toMatchObject({ code: "TIMEOUT", retryable: true, connection: "access" });
    expect(error.job).toBeUndefined();
    expect(sent).toHaveLength(before);
    expect(clock.waiting).toBe(0);
  });

  it("ends the wait with a signal or the budget, and lets those behind on", async () => {
    const { client, clock, sent } = limited();
    const [job] = await Promise.all([1, 2].map(() => client.startExport("access", accessRequest)));
    const controller = new AbortController();
    const reason = new Error("enough");
    const aborted = client.runExport("access", accessRequest, { signal: controller.signal });
    const spent = client.runExport("access", accessRequest, { budget: { deadline: clock.now() + 1_000 } });
    const last = client.runExport("access", accessRequest);
    for (const run of [aborted, spent, last]) run.catch(() => {});
    await settle();
    const before = sent.length;
    controller.abort(reason);
    expect(await rejection(aborted)).toBe(reason);
    clock.advance(1_000);
    expect(await rejection(spent)).toMatchObject({ code: "TIMEOUT", details: { budget: "deadline" } });
    expect(sent).toHaveLength(before);
    await client.waitForExport(job as never);
    expect((await collect(await last)).length).toBeGreaterThan(0);
    expect(clock.waiting).toBe(0);
  });

  it("lets nobody overtake who waits", async () => {
    const { client } = limited();
    const [job] = await Promise.all([1, 2].map(() => client.startExport("access", accessRequest)));
    const waiting = client.runExport("access", accessRequest);
    await settle();
    expect(await rejection(client.startExport("access", accessRequest))).toMatchObject({
      code: "CONCURRENCY_LIMIT",
    });
    await client.waitForExport(job as never);
    expect((await collect(await waiting)).length).toBeGreaterThan(0);
  });

  it("lets those on who wait behind jobs that nobody asks about", async () => {
    const { client, clock, emulator } = limited();
    await Promise.all([1, 2].map(() => client.startExport("access", accessRequest)));
    const waiting = client.runExport("access", accessRequest);
    await settle();
    clock.advance(60 * minute);
    expect((await collect(await waiting)).length).toBeGreaterThan(0);
    expect(emulator.jobs).toHaveLength(3);
  });

  it("costs no claim of a durable export", async () => {
    const { client } = limited();
    const [job] = await Promise.all([1, 2].map(() => client.startExport("access", accessRequest)));
    const { sink, claimStart, store } = memorySink();
    const state = beginExport("access", accessRequest);
    const refused = await rejection(advanceExport(client, state, { sink, claimStart }));
    expect(refused).toMatchObject({ code: "CONCURRENCY_LIMIT", retryable: true });
    expect(store.isClaimed).toBe(false);
    await client.waitForExport(job as never);
    expect(await advanceExport(client, state, { sink, claimStart })).toHaveProperty("job");
  });

  it("does not hold up exports that are ready at once", async () => {
    const { client, door } = listing({ limits: { jobs: 1 } });
    const read = async () => idsOf(await client.runExport("list", {}));
    const all = await answering(door, Promise.all([read(), read(), read()]));
    expect(all.map(({ length }) => length)).toEqual([60, 60, 60]);
    expect(pageOf(undefined)).toBe(1);
  });
});
