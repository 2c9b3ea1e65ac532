import type { ExportError } from "exportkit";
import { describe, expect, it } from "vitest";
import { harness } from "../client/harness.js";
import { rejection } from "../support/outcome.js";

const start = (set: ReturnType<typeof harness>) => set.client.startExport("users", { format: "ndjson" });

describe("a definite refusal of a start is passed on as it is", () => {
  it.each([
    ["400", { type: "status", status: 400 }, "REQUEST_INVALID"],
    ["401", { type: "status", status: 401 }, "UNAUTHORIZED"],
    ["403", { type: "status", status: 403 }, "FORBIDDEN"],
    ["404", { type: "status", status: 404 }, "NOT_FOUND"],
    ["405", { type: "status", status: 405 }, "REQUEST_INVALID"],
    ["307", { type: "redirect", status: 307, to: "/elsewhere" }, "RESPONSE_INVALID"],
    [
      "308 to another host",
      { type: "redirect", status: 308, to: "https://other.example.org/" },
      "RESPONSE_INVALID",
    ],
  ] as const)("%s", async (_, fault, code) => {
    const set = harness();
    set.emulator.faults.add({ on: "start", times: 9, fault });
    expect(await rejection(start(set))).toMatchObject({ code, retryable: false, operation: "start" });
    expect(set.emulator.requests).toHaveLength(1);
    expect(set.clock.sleeps).toEqual([]);
  });

  it("a quota that is used up is not waited for", async () => {
    const set = harness({ emulator: { quota: { limit: 0, period: "day" } } });
    expect(await rejection(start(set))).toMatchObject({ code: "QUOTA_EXCEEDED" });
    expect(set.emulator.requests).toHaveLength(1);
  });

  it("a Retry-After above the cap is told at once, and not waited for", async () => {
    const set = harness({ settings: { retry: { maxRetryAfterMs: 60_000 } } });
    const headers = { "retry-after": "61" };
    set.emulator.faults.add({ on: "start", fault: { type: "status", status: 429, headers } });
    const error = await rejection<ExportError>(start(set));
    expect(error).toMatchObject({ code: "RATE_LIMITED", retryable: true });
    expect(error.retryAt).toEqual(new Date(set.clock.now() + 61_000));
    expect(set.emulator.requests).toHaveLength(1);
    expect(set.clock.sleeps).toEqual([]);
  });
});
