import { createBudget } from "exportkit";
import { describe, expect, it } from "vitest";
import { harness } from "../client/harness.js";
import { rejection, thrown } from "../support/outcome.js";
import { setups, vendorOf } from "./vendors.js";

const year2026 = Date.UTC(2026, 0, 1);

describe("createBudget", () => {
  it("takes a deadline as a Date or in ms, a number of requests, or both", () => {
    expect(createBudget({ deadline: new Date(year2026) })).toMatchObject({
      deadline: year2026,
      requestsLeft: Number.POSITIVE_INFINITY,
    });
    expect(createBudget({ deadline: year2026, requests: 7 })).toMatchObject({
      deadline: year2026,
      requestsLeft: 7,
    });
    expect(createBudget({ requests: 0 })).toMatchObject({
      deadline: Number.POSITIVE_INFINITY,
      requestsLeft: 0,
    });
  });

  it("counts what is spent, and never below nothing", () => {
    const budget = createBudget({ requests: 4 });
    budget.spend();
    expect(budget.requestsLeft).toBe(3);
    budget.spend(2);
    expect(budget.requestsLeft).toBe(1);
    budget.spend(5);
    expect(budget.requestsLeft).toBe(0);
    const unlimited = createBudget({ deadline: year2026 });
    unlimited.spend(100);
    expect(unlimited.requestsLeft).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([-1, 0.5, Number.NaN, "1"])("refuses to spend %s", (requests) => {
    const budget = createBudget({ requests: 4 });
    expect(thrown(() => budget.spend(requests as number))).toMatchObject({
      code: "CONFIG_INVALID",
      details: { field: "requests" },
    });
    expect(budget.requestsLeft).toBe(4);
  });

  it.each([
    ["a duration", { deadline: 25_000 }, "deadline", /point in time and not a duration/],
    ["no date", { deadline: new Date("tomorrow") }, "deadline", /Date or a number of ms/],
    ["a text", { deadline: "2026-01-01" }, "deadline", /Date or a number of ms/],
    ["less than nothing", { requests: -1 }, "requests", /0 or more/],
    ["half a request", { requests: 1.5 }, "requests", /whole number/],
    ["an unknown name", { subrequests: 5 }, "subrequests", /not a known field/],
    ["nothing", {}, undefined, /a deadline, a number of requests, or both/],
    ["no object", 5, undefined, /object/],
  ])("refuses %s, here and as an option of a call", async (_, limits, field, message) => {
    const expected = {
      code: "CONFIG_INVALID",
      message: expect.stringMatching(message),
      ...(field && { details: { field } }),
    };
    expect(thrown(() => createBudget(limits as never))).toMatchObject(expected);
    for (const setup of setups) {
      const vendor = vendorOf(setup);
      const client = vendor.client();
      const job = await client.waitForExport(await vendor.start(client));
      const sent = vendor.emulator.requests.length;
      const options = { budget: limits as never };
      for (const call of [
        client.startExport("export", { format: "ndjson" }, options),
        client.pollExport(job, options),
        client.waitForExport(job, options),
        client.download(job, options),
        client.runExport("export", { format: "ndjson" }, options),
      ]) {
        expect(await rejection(call)).toMatchObject(expected);
      }
      expect(vendor.emulator.requests.length).toBe(sent);
    }
  });
});

it("a retry that no longer fits in is told by when it was due, also where the provider named no time", async () => {
  const { client, clock, emulator } = harness({
    settings: { retry: { minDelayMs: 60_000, maxDelayMs: 60_000 } },
  });
  emulator.faults.add({ on: "start", fault: { type: "status", status: 429 } });
  const budget = { deadline: clock.now() + 10_000 };
  const error = await rejection(client.startExport("users", { format: "ndjson" }, { budget }));
  expect(error).toMatchObject({
    code: "TIMEOUT",
    cause: { code: "RATE_LIMITED" },
    retryAt: new Date(clock.now() + 30_000),
  });
});
