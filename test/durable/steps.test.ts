import { advanceExport, beginExport, parseState } from "exportkit/durable";
import { describe, expect, it } from "vitest";
import { setups, vendorOf } from "../budget/vendors.js";
import { collect } from "../support/collect.js";
import { memorySink, requestOf } from "./memory-sink.js";

const stored = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe.each(setups)("an export of $name in steps", (setup) => {
  it("is started, asked for once a step, and delivered, with every state in the sink", async () => {
    const vendor = vendorOf(setup, 60_000);
    const { sink, store } = memorySink();
    const { records, states } = store;
    let state = beginExport("export", requestOf(setup.name));
    expect(vendor.emulator.requests).toHaveLength(0);
    const phases: string[] = [];
    for (let step = 0; state.phase !== "done" && step < 100; step++) {
      const sent = vendor.emulator.requests.length;
      const now = vendor.clock.now();
      phases.push(state.phase);
      const next = await advanceExport(vendor.client(), stored(state), { sink });
      expect(vendor.clock.now()).toBe(now);
      if (state.phase === "waiting") expect(vendor.emulator.requests.length - sent).toBe(1);
      expect(parseState(stored(next))).toEqual(next);
      expect(states.at(-1)).toEqual(next);
      state = next;
      if (state.wakeAt > 0) vendor.clock.advance(Math.max(0, state.wakeAt - vendor.clock.now()));
    }
    const whole = await collect(await vendor.client().download(state.job as never));
    expect(records).toEqual(whole);
    expect(state).toMatchObject({
      version: 1,
      phase: "done",
      connection: "export",
      records: whole.length,
      wakeAt: 0,
    });
    expect([...new Set(phases)]).toEqual(
      setup.name === "zephr" ? ["starting", "reading"] : ["starting", "waiting", "reading"],
    );
    const sent = vendor.emulator.requests.length;
    expect(await advanceExport(vendor.client(), state, { sink })).toEqual(state);
    expect(vendor.emulator.requests).toHaveLength(sent);
  });
});
