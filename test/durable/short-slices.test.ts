import { advanceExport, beginExport, type ExportState, runDurably } from "exportkit/durable";
import type { Fault } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { setups, vendorOf } from "../budget/vendors.js";
import { rejection } from "../support/outcome.js";
import { memorySink, requestOf } from "./memory-sink.js";
import { sleepingEngine } from "./sleeping-engine.js";

// The first wait for a retry: half of 250 ms, for the random number is 0.5.
const RETRY_MS = 125;
const SHORTER_MS = 100;

const outages: readonly (readonly [string, Fault, number])[] = [
  ["answers 503", { type: "status", status: 503 }, RETRY_MS],
  ["says when to come back", { type: "rate-limit", retryAfterMs: 40_000 }, 40_000],
  ["breaks the connection", { type: "reset" }, RETRY_MS],
];

describe.each(setups.filter(({ name }) => name !== "authgear-csv"))(
  "a slice that is shorter than a retry's wait, at $name",
  (setup) => {
    const on = setup.name === "zephr" ? "page" : "artifact";

    /** A run whose records are to be read next. */
    async function atReading() {
      const vendor = vendorOf(setup);
      const { sink, store } = memorySink();
      const client = vendor.client();
      let state: ExportState = beginExport("export", requestOf(setup.name));
      while (state.phase !== "reading") state = await advanceExport(client, state, { sink });
      const delivered = store.states.length;
      return { vendor, sink, store, client, state, delivered };
    }

    it.each(outages)("leaves the wait in the state where the vendor %s", async (_, fault, waitMs) => {
      const { vendor, sink, client, state } = await atReading();
      vendor.emulator.faults.add({ on, times: 50, fault });
      const asked = vendor.emulator.requests.length;
      const budget = { deadline: vendor.clock.now() + SHORTER_MS };
      const next = await advanceExport(client, state, { sink, budget });
      expect(next).toMatchObject({ phase: "reading", wakeAt: vendor.clock.now() + waitMs });
      expect(vendor.emulator.requests.length - asked).toBeLessThanOrEqual(2);
    });

    it("leaves it there too where no request is left", async () => {
      const { vendor, sink, client, state } = await atReading();
      vendor.emulator.faults.add({ on, times: 50, fault: { type: "status", status: 503 } });
      const requests = setup.name === "zephr" ? 1 : 2;
      const next = await advanceExport(client, state, { sink, budget: { requests } });
      expect(next.wakeAt).toBeGreaterThanOrEqual(vendor.clock.now() + RETRY_MS);
    });

    it("lets a workflow sleep through an outage, and deliver everything", async () => {
      const { vendor, sink, store, client, state, delivered } = await atReading();
      const { engine, sleeps } = sleepingEngine(vendor.clock);
      vendor.emulator.faults.add({ on, times: 12, fault: { type: "status", status: 503 } });
      const done = await runDurably(engine, client, state, { sink, sliceMs: SHORTER_MS });
      expect(done).toMatchObject({ phase: "done", records: store.records.length });
      expect(store.records.length).toBeGreaterThan(0);
      expect(store.states.length).toBeGreaterThan(delivered);
      // Longer ones every time, as for any other failure in a row.
      expect(sleeps).toHaveLength(12);
      expect(sleeps.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
    });

    it("lets a workflow give up what never passes", async () => {
      const { vendor, sink, client, state } = await atReading();
      const { engine, sleeps } = sleepingEngine(vendor.clock);
      vendor.emulator.faults.add({ on, times: 10_000, fault: { type: "status", status: 503 } });
      const asked = vendor.emulator.requests.length;
      const error = await rejection(runDurably(engine, client, state, { sink, sliceMs: SHORTER_MS }));
      expect(error).toMatchObject({ code: "PROVIDER_UNAVAILABLE" });
      expect(sleeps).toHaveLength(20);
      expect(vendor.emulator.requests.length - asked).toBeLessThanOrEqual(2 * 21);
    });
  },
);

it("a wait by a vendor's clock that is an hour ahead is kept by the worker's own", async () => {
  const setup = setups.find(({ name }) => name === "zephr") as (typeof setups)[number];
  const vendor = vendorOf(setup);
  const client = vendor.client({
    clock: { ...vendor.clock, now: () => vendor.clock.now() - 3_600_000 },
  });
  const { sink } = memorySink();
  let state: ExportState = beginExport("export", requestOf("zephr"));
  // Learns of the vendor's clock by its first page.
  for (let step = 0; step < 2; step++)
    state = await advanceExport(client, state, { sink, batch: 10, budget: { requests: 4 } });
  vendor.emulator.faults.add({
    on: "page",
    fault: { type: "rate-limit", retryAfterMs: 40_000, form: "date" },
  });
  const asked = { requests: 1 };
  const next = await advanceExport(client, state, { sink, batch: 10, budget: asked });
  expect(next.wakeAt).toBe(vendor.clock.now() - 3_600_000 + 40_000);
});
