import type { ExportError } from "exportkit";
import type { Fault } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { harness } from "../client/harness.js";
import { rejection } from "../support/outcome.js";
import { settle } from "../support/turns.js";
import { failing, failure } from "./failing-fetch.js";

const start = (set: ReturnType<typeof harness>) => set.client.startExport("users", { format: "ndjson" });

describe("a start that may have had an effect is never sent again", () => {
  const html = "<html><body>Bad Gateway</body></html>";
  const faults: readonly (readonly [name: string, fault: Fault, tasks: number, reason: string])[] = [
    ["reset before the headers", { type: "reset" }, 0, "NETWORK"],
    ["reset after it took effect", { type: "reset", effect: true }, 1, "NETWORK"],
    ["500 as HTML", { type: "status", status: 500, body: html }, 0, "PROVIDER_UNAVAILABLE"],
    ["502 as HTML", { type: "status", status: 502, body: html }, 0, "PROVIDER_UNAVAILABLE"],
    [
      "502 after it took effect",
      { type: "status", status: 502, body: html, effect: true },
      1,
      "PROVIDER_UNAVAILABLE",
    ],
    [
      "503 with Retry-After",
      { type: "status", status: 503, headers: { "retry-after": "1" } },
      0,
      "PROVIDER_UNAVAILABLE",
    ],
    ["504", { type: "status", status: 504 }, 0, "PROVIDER_UNAVAILABLE"],
    ["408", { type: "status", status: 408 }, 0, "PROVIDER_UNAVAILABLE"],
    ["truncated JSON", { type: "truncate-json" }, 1, "RESPONSE_INVALID"],
    ["broken off in the answer", { type: "drop", afterBytes: 20 }, 1, "NETWORK"],
    ["200 as HTML", { type: "status", status: 200, body: html }, 0, "RESPONSE_INVALID"],
    ["200 with nothing", { type: "status", status: 200 }, 0, "RESPONSE_INVALID"],
    ["204", { type: "status", status: 204 }, 0, "RESPONSE_INVALID"],
    ["303", { type: "redirect", status: 303, to: "/elsewhere" }, 0, "RESPONSE_INVALID"],
  ];

  it.each(faults)("%s", async (_, fault, tasks, reason) => {
    const set = harness();
    set.emulator.faults.add({ on: "start", times: 9, fault });
    const error = await rejection<ExportError>(start(set));
    expect(error).toMatchObject({
      code: "START_OUTCOME_UNKNOWN",
      operation: "start",
      connection: "users",
      retryable: false,
      details: { reason },
      cause: { code: reason },
    });
    expect(error.message).toMatch(/may or may not have been started.*not sent again.*console/);
    expect(set.emulator.requests).toHaveLength(1);
    expect(set.emulator.tasks).toHaveLength(tasks);
    expect(set.clock.sleeps).toEqual([]);
    expect(set.clock.waiting).toBe(0);
  });

  it.each([{}, { result: null }, { result: { id: "" } }, { result: { status: "pending" } }, [], 7, null])(
    "200 with JSON that is no task: %j",
    async (body) => {
      const set = harness();
      const fault = { type: "status", status: 200, body: JSON.stringify(body) } as const;
      set.emulator.faults.add({ on: "start", times: 9, fault });
      const error = await rejection<ExportError>(start(set));
      expect(error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", retryable: false, operation: "start" });
      expect(set.emulator.requests).toHaveLength(1);
    },
  );

  it.each([true, false])("no answer within the timeout (taken effect: %s)", async (effect) => {
    const set = harness();
    set.emulator.faults.add({ on: "start", times: 9, fault: { type: "hang", effect } });
    const error = rejection<ExportError>(start(set));
    await settle();
    set.clock.advance(30_000);
    expect(await error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", details: { reason: "TIMEOUT" } });
    expect(set.emulator.requests).toHaveLength(1);
    expect(set.emulator.tasks).toHaveLength(effect ? 1 : 0);
  });

  it("an answer that does not end within the timeout", async () => {
    const set = harness();
    set.emulator.faults.add({ on: "start", times: 9, fault: { type: "stall", afterBytes: 30 } });
    const error = rejection<ExportError>(start(set));
    await settle();
    set.clock.advance(30_000);
    expect(await error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", details: { reason: "TIMEOUT" } });
    expect(set.emulator.tasks).toHaveLength(1);
    expect(set.emulator.requests).toHaveLength(1);
  });

  it("an answer larger than maxBufferedBytes", async () => {
    const set = harness({ settings: { maxBufferedBytes: 1024 } });
    const fault = { type: "status", status: 200, body: " ".repeat(1025), effect: true } as const;
    set.emulator.faults.add({ on: "start", times: 9, fault });
    const error = await rejection<ExportError>(start(set));
    expect(error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", details: { reason: "LIMIT_EXCEEDED" } });
    expect(set.emulator.tasks).toHaveLength(1);
  });

  it.each([
    ["a lost connection", () => failure("ECONNRESET", "read")],
    ["what workerd says to everything", () => new Error("Network connection lost.")],
    ["a string", () => "lost"],
    ["nothing", () => undefined],
    ["an AbortError that nobody asked for", () => new DOMException("aborted", "AbortError")],
  ])("%s, thrown by fetch", async (name, fail) => {
    const { intercept, attempts } = failing(9, fail);
    const set = harness({ intercept });
    const error = await rejection<ExportError>(start(set));
    expect(error).toMatchObject({ code: "START_OUTCOME_UNKNOWN" });
    expect(error.message).toMatch(name === "a lost connection" ? / failed \(ECONNRESET\): / : / failed: /);
    expect(attempts()).toBe(1);
  });

  it("nor by runExport", async () => {
    const set = harness();
    set.emulator.faults.add({ on: "start", times: 9, fault: { type: "reset", effect: true } });
    const error = await rejection(set.client.runExport("users", { format: "ndjson" }));
    expect(error).toMatchObject({ code: "START_OUTCOME_UNKNOWN" });
    expect(set.emulator.requests).toHaveLength(1);
  });

  it("not even where a refused connection came before", async () => {
    let attempts = 0;
    const set = harness({
      intercept: async (_, proceed) => {
        attempts += 1;
        if (attempts === 1) throw failure("ECONNREFUSED", "connect");
        await proceed();
        throw failure("ECONNRESET", "read");
      },
    });
    expect(await rejection(start(set))).toMatchObject({ code: "START_OUTCOME_UNKNOWN" });
    expect(attempts).toBe(2);
    expect(set.emulator.tasks).toHaveLength(1);
  });
});
