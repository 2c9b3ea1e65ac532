import { createExportClient, type ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";
import { describe, expect, it } from "vitest";
import { count, harness, type SentRequest, token } from "../client/harness.js";
import { rejection } from "../support/outcome.js";

async function started(options: Parameters<typeof harness>[0] = {}) {
  const set = harness(options);
  return { ...set, job: await set.client.startExport("users", { format: "ndjson" }) };
}

describe("an answer", () => {
  it("may be as large as maxBufferedBytes, and no larger", async () => {
    const { client, emulator, job } = await started({ settings: { maxBufferedBytes: 2_048 } });
    const task = JSON.stringify({ result: { id: job.id, status: "pending" } });
    const body = (bytes: number) => task.padEnd(bytes, " ");
    emulator.faults.add({ on: "poll", fault: { type: "status", status: 200, body: body(2_048) } });
    expect(await client.pollExport(job)).toMatchObject({ status: "pending" });
    emulator.faults.add({ on: "poll", fault: { type: "status", status: 200, body: body(2_049) } });
    const error = await rejection<ExportError>(client.pollExport(job));
    expect(error).toMatchObject({ code: "LIMIT_EXCEEDED", retryable: false, details: { limit: 2_048 }, job });
  });

  it("is not read on where it is too large", async () => {
    const { emulator, job } = await started();
    let chunks = 0;
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        chunks += 1;
        controller.enqueue(new Uint8Array(512));
      },
      cancel() {
        cancelled = true;
      },
    });
    const second = createExportClient({
      providers: { users: authgear({ endpoint: emulator.endpoint, token }) },
      fetch: async () => new Response(endless),
      maxBufferedBytes: 1_024,
    });
    expect(await rejection(second.pollExport(job))).toMatchObject({ code: "LIMIT_EXCEEDED" });
    expect(cancelled).toBe(true);
    expect(chunks).toBeLessThan(10);
  });

  it.each([
    ["HTML", "<!doctype html><title>Login</title>", "text/html"],
    ["nothing", "", "application/json"],
    ["half of it", '{"result":{"id":"u', "application/json"],
  ])("of 200 that is no JSON is not believed: %s", async (_, body, contentType) => {
    const { client, emulator, job } = await started();
    const headers = { "content-type": contentType };
    emulator.faults.add({ on: "poll", fault: { type: "status", status: 200, body, headers } });
    const error = await rejection<ExportError>(client.pollExport(job));
    expect(error).toMatchObject({
      code: "RESPONSE_INVALID",
      retryable: true,
      status: 200,
      operation: "poll",
      job,
    });
    expect(error.message).toContain(`${contentType}, ${body.length} characters`);
    if (body) expect(error.message).not.toContain(body.slice(0, 10));
  });

  it("is read whatever type it is said to be of", async () => {
    const { client, emulator, job } = await started();
    emulator.faults.add({ on: "poll", fault: { type: "wrong-content-type" } });
    expect(await client.pollExport(job)).toMatchObject({ status: "succeeded" });
  });

  it.each(["x-request-id", "request-id", "x-amz-request-id"])("names the request by its %s", async (name) => {
    const { client, emulator, job } = await started();
    const headers = { [name]: "req-4711" };
    emulator.faults.add({ on: "poll", fault: { type: "status", status: 500, headers } });
    expect(await rejection(client.pollExport(job))).toMatchObject({ requestId: "req-4711", status: 500 });
  });
});

describe("fetch", () => {
  it("gets an address, a plain init and no this", async () => {
    const calls: { input: unknown; init: RequestInit | undefined; self: unknown }[] = [];
    const { emulator } = harness();
    const client = createExportClient({
      providers: { users: authgear({ endpoint: emulator.endpoint, token }) },
      // The global fetch of Workers refuses any other `this`.
      fetch: function (this: unknown, input, init) {
        calls.push({ input, init, self: this });
        return emulator.fetch(String(input), init);
      },
    });
    await client.startExport("users", { format: "ndjson" });
    expect(calls).toEqual([
      {
        input: `${emulator.endpoint}/_api/admin/users/export`,
        init: {
          method: "POST",
          headers: {
            accept: "application/json",
            "content-type": "application/json",
            authorization: `Bearer ${token}`,
          },
          body: '{"format":"ndjson"}',
          redirect: "manual",
          signal: expect.any(AbortSignal),
        },
        self: undefined,
      },
    ]);
  });

  const odd: readonly (readonly [string, unknown])[] = [
    ["a string", "offline"],
    ["undefined", undefined],
    ["null", null],
    ["a number", 7],
    ["a symbol", Symbol("offline")],
    ["an object", { code: "offline" }],
    ["an object that cannot be read", Object.create(null)],
    [
      "an object whose properties throw",
      Object.defineProperty({}, "message", {
        get() {
          throw new Error("no");
        },
      }),
    ],
    ["a DOMException", new DOMException("The operation was aborted.", "AbortError")],
    ["an error without a message", new Error()],
    ["an error whose message is no text", Object.assign(new Error(), { message: 5, name: 6 })],
    ["an error that is its own cause", Object.assign(new Error("round"), {})],
  ];
  const round = odd.at(-1)?.[1] as Error;
  round.cause = round;

  it.each(odd)("may throw %s", async (_, value) => {
    const { job } = await started();
    const set = harness({
      intercept: () => Promise.reject(value),
    });
    const error = await rejection<ExportError>(set.client.pollExport(job));
    expect(error).toMatchObject({ code: "NETWORK", retryable: true, operation: "poll", job });
    expect(() => JSON.stringify(error)).not.toThrow();
    expect(error.cause === undefined || error.cause instanceof Error).toBe(true);
  });

  it("may throw before it returns a promise", async () => {
    const { job } = await started();
    const { client } = harness({
      settings: {
        fetch: () => {
          throw new TypeError("bad port");
        },
      },
    });
    expect(await rejection(client.pollExport(job))).toMatchObject({
      code: "NETWORK",
      cause: { message: "bad port" },
    });
  });

  it.each([
    undefined,
    null,
    {},
    "ok",
    { status: 200, headers: {} },
    { status: 200, headers: new Headers(), body: { pipe() {} } },
  ])("is told of where it returns %o and no response", async (value) => {
    const { job } = await started();
    const { client } = harness({ intercept: async () => value as unknown as Response });
    expect(await rejection(client.pollExport(job))).toMatchObject({
      code: "CONFIG_INVALID",
      retryable: false,
      connection: "users",
      job,
      details: { field: "fetch" },
    });
  });

  it("keeps the codes and messages of what failed, for diagnosis", async () => {
    const { job } = await started();
    const refused = (address: string) =>
      Object.assign(new Error(`connect ECONNREFUSED ${address}`), {
        code: "ECONNREFUSED",
        syscall: "connect",
      });
    const both = Object.assign(new AggregateError([refused("::1:51"), refused("127.0.0.1:51")]), {
      code: "ECONNREFUSED",
    });
    const { client } = harness({
      intercept: () => Promise.reject(new TypeError("fetch failed", { cause: both })),
    });
    const error = await rejection<ExportError>(client.pollExport(job));
    expect(error).toMatchObject({
      details: { neverSent: true, host: "myapp.authgearapps.com" },
      cause: {
        name: "TypeError",
        message: "fetch failed",
        cause: {
          code: "ECONNREFUSED",
          message: "connect ECONNREFUSED ::1:51; connect ECONNREFUSED 127.0.0.1:51",
        },
      },
    });
  });

  it("is sent nothing by a call that is aborted meanwhile", async () => {
    const controller = new AbortController();
    const tokens: SentRequest[] = [];
    const set = harness({
      provider: authgear({
        endpoint: "https://myapp.authgearapps.com",
        token: () => {
          controller.abort("stop");
          return token;
        },
      }),
      intercept: (request, proceed) => {
        tokens.push(request);
        return proceed();
      },
    });
    const { signal } = controller;
    expect(await rejection(set.client.startExport("users", { format: "ndjson" }, { signal }))).toBe("stop");
    expect(tokens).toEqual([]);
    expect(count(set.emulator, "start")).toBe(0);
  });
});
