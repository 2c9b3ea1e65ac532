import { createExportClient, type ExportError, type ExportJob } from "exportkit";
import { authgear } from "exportkit/authgear";
import { createTestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { rejection } from "../support/outcome.js";
import { settle } from "../support/turns.js";
import { harness, token } from "./harness.js";

const request = { format: "ndjson" } as const;
const reason = { why: "changed my mind" };

/** A client whose caller gives up as soon as the start has reached `fetch`. */
function givingUp(answer: (proceed: () => Promise<Response>) => Promise<Response>) {
  const controller = new AbortController();
  const set = harness({
    intercept: async ({ method }, proceed) => {
      if (method === "POST") controller.abort(reason);
      await settle();
      return answer(proceed);
    },
  });
  return { ...set, signal: controller.signal };
}

describe("a caller who gives up a start", () => {
  it("gets its job all the same once the start is sent", async () => {
    const { client, emulator, signal, clock } = givingUp((proceed) => proceed());
    const job = await client.startExport("users", request, { signal });
    expect(signal.aborted).toBe(true);
    expect(job).toMatchObject({ id: emulator.tasks[0]?.id, status: "pending" });
    expect(emulator.requests).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });

  it("gets the job of an answer that is slow to end", async () => {
    const controller = new AbortController();
    const { client, emulator } = harness({
      emulator: { faults: [{ on: "start", fault: { type: "drip", bytes: 16, everyMs: 10 } }] },
      settings: { onEvent: ({ type }) => type === "request" && controller.abort(reason) },
    });
    const job = await client.startExport("users", request, { signal: controller.signal });
    expect([controller.signal.aborted, job.id]).toEqual([true, emulator.tasks[0]?.id]);
  });

  it.each([
    ["no answer comes in time", { type: "hang", effect: true }, 1],
    ["the connection is lost", { type: "reset", effect: true }, 1],
    ["a gateway answers in its place", { type: "status", status: 504 }, 0],
    ["the answer is no task", { type: "status", status: 200, body: "<html>" }, 0],
    ["the answer is another object", { type: "status", status: 200, body: '{"result":{}}' }, 0],
  ] as const)(
    "learns that the outcome is unknown where %s, with the own reason as cause",
    async (_, fault, tasks) => {
      const { client, emulator, signal, clock } = givingUp((proceed) => proceed());
      emulator.faults.add({ on: "start", times: 9, fault });
      const error = await rejection<ExportError>(client.startExport("users", request, { signal }));
      expect(error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", operation: "start", retryable: false });
      expect(error.cause).toBe(reason);
      expect(emulator.requests).toHaveLength(1);
      expect(emulator.tasks).toHaveLength(tasks);
      expect(clock.waiting).toBe(0);
    },
  );

  it.each([
    [
      "nothing was sent",
      async () => Promise.reject(Object.assign(new TypeError(), { cause: { code: "ECONNREFUSED" } })),
    ],
    ["it is refused", async () => new Response(null, { status: 400 })],
    ["the credentials are refused", async () => new Response(null, { status: 403 })],
    ["it is to come back later", async () => new Response(null, { status: 429 })],
  ] as const)("gets the reason where %s, and nothing is sent again", async (_, answer) => {
    const { client, emulator, sent, signal, clock } = givingUp(answer);
    expect(await rejection(client.startExport("users", request, { signal }))).toBe(reason);
    expect(sent).toHaveLength(1);
    expect(emulator.tasks).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  it("gets the reason at once while it waits to be sent again", async () => {
    const controller = new AbortController();
    const clock = createTestClock(0, { autoAdvance: false });
    const { client, emulator, sent } = harness({
      emulator: { faults: [{ on: "start", fault: { type: "rate-limit", retryAfterMs: 200_000 } }] },
      settings: {
        clock,
        onEvent: ({ type }) => type === "retry" && queueMicrotask(() => controller.abort(reason)),
      },
    });
    const start = client.startExport("users", request, { signal: controller.signal });
    expect(await rejection(start)).toBe(reason);
    expect(sent).toHaveLength(1);
    expect([emulator.tasks, clock.waiting]).toEqual([[], 0]);
  });

  it("gets the reason while the token is still awaited, and nothing is sent", async () => {
    const controller = new AbortController();
    const { client, emulator } = harness({
      provider: authgear({
        endpoint: "https://myapp.authgearapps.com",
        token: () => {
          controller.abort(reason);
          return new Promise(() => {});
        },
      }),
    });
    expect(await rejection(client.startExport("users", request, { signal: controller.signal }))).toBe(reason);
    expect(emulator.requests).toEqual([]);
  });

  it("gets the reason during a wait before another try, and nothing more is sent", async () => {
    const controller = new AbortController();
    const { client, emulator, sent } = harness({
      intercept: async () =>
        Promise.reject(Object.assign(new TypeError(), { cause: { code: "ECONNREFUSED" } })),
      settings: { onEvent: ({ type }) => type === "retry" && controller.abort(reason) },
    });
    expect(await rejection(client.startExport("users", request, { signal: controller.signal }))).toBe(reason);
    expect(sent).toHaveLength(1);
    expect(emulator.tasks).toEqual([]);
  });

  it("is not asked for by the next call: the signal is let go of", async () => {
    const { client, signal } = givingUp((proceed) => proceed());
    const job = await client.startExport("users", request, { signal });
    expect(await rejection(client.pollExport(job, { signal }))).toBe(reason);
  });
});

describe("runExport given up after the start was sent", () => {
  it("hands the job to onProgress first, and rejects with the reason then", async () => {
    const { client, emulator, signal } = givingUp((proceed) => proceed());
    const jobs: ExportJob[] = [];
    const run = client.runExport("users", request, { signal, onProgress: (job) => jobs.push(job) });
    expect(await rejection(run)).toBe(reason);
    expect(jobs.map(({ id, status }) => [id, status])).toEqual([[emulator.tasks[0]?.id, "pending"]]);
    expect(emulator.requests).toHaveLength(1);
  });

  it("does so where a budget is spent too", async () => {
    const { client, emulator, signal } = givingUp((proceed) => proceed());
    const jobs: ExportJob[] = [];
    const options = { signal, budget: { requests: 1 }, onProgress: (job: ExportJob) => jobs.push(job) };
    expect(await rejection(client.runExport("users", request, options))).toBe(reason);
    expect(jobs.map(({ id }) => id)).toEqual([emulator.tasks[0]?.id]);
  });
});

it("a fetch that ends with the signal does not get it for a start", async () => {
  const { emulator } = harness();
  const controller = new AbortController();
  const client = createExportClient({
    providers: { users: authgear({ endpoint: emulator.endpoint, token }) },
    fetch: async (input, init) => {
      controller.abort(reason);
      await settle();
      init?.signal?.throwIfAborted();
      return emulator.fetch(String(input), init);
    },
  });
  const job = await client.startExport("users", request, { signal: controller.signal });
  expect(job.id).toBe(emulator.tasks[0]?.id);
});
