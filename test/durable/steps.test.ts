import { advanceExport, beginExport, parseState } from "exportkit/durable";
import { describe, expect, it } from "vitest";
import { setups, vendorOf } from "../budget/vendors.js";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { stored } from "../support/stored.js";
import { memorySink, requestOf } from "./memory-sink.js";

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

describe.each(setups)("a step with $name whose deadline comes", (setup) => {
  it.each([
    [700, 2],
    [5_000, 1],
  ])("during a write, of %i ms each, writes no other batch", async (writeMs, most) => {
    const vendor = vendorOf(setup);
    const { sink, store } = memorySink();
    const client = vendor.client();
    let state = beginExport("export", requestOf(setup.name));
    while (state.phase !== "reading") state = await advanceExport(client, state, { sink });
    let writes = 0;
    const write: typeof sink.write = async (batch, states) => {
      writes += 1;
      vendor.clock.advance(writeMs);
      await sink.write(batch, states);
    };
    const slow = { ...sink, write };
    for (let step = 0; state.phase !== "done" && step < 20; step++) {
      writes = 0;
      const known = state;
      const budget = { deadline: vendor.clock.now() + 1_000 };
      state = await advanceExport(client, known, { sink: slow, batch: 20, budget });
      expect(state.wakeAt).toBe(0);
      expect(store.states.at(-1)).toEqual(state);
      if (state.phase === "done") continue;
      expect(writes).toBe(most);
      expect(state.records - known.records).toBe(20 * most);
    }
    expect(store.records).toEqual(await collect(await client.download(state.job as never)));
  });
});

it("what was read by the deadline is written where the vendor is what takes long", async () => {
  const setup = setups.find(({ name }) => name === "zephr") as (typeof setups)[number];
  const vendor = vendorOf(setup);
  const { sink, store } = memorySink();
  const client = vendor.client({
    prefetchPages: 1,
    fetch: async (...call) => {
      if (store.records.length > 0) {
        // The write is over by then.
        await new Promise((resolve) => setImmediate(resolve));
        vendor.clock.advance(60_000);
      }
      return vendor.emulator.fetch(...call);
    },
  });
  const state = await advanceExport(client, beginExport("export", { pageSize: 10 }), { sink });
  const budget = { deadline: vendor.clock.now() + 1_000 };
  const next = await advanceExport(client, state, { sink, batch: 40, budget });
  expect(next.phase).toBe("reading");
  expect(next.records).toBeGreaterThan(40);
  expect(next.records).toBeLessThan(80);
  expect(store.records).toHaveLength(next.records);
});

it("the next batch is read while the sink writes one, and read no further where the sink fails", async () => {
  const setup = setups.find(({ name }) => name === "zephr") as (typeof setups)[number];
  const vendor = vendorOf(setup);
  const pages = () => vendor.emulator.requests.filter(({ operation }) => operation === "page").length;
  let fourth: () => void = () => {};
  const isFourthAsked = new Promise<void>((resolve) => {
    fourth = resolve;
  });
  const client = vendor.client({
    prefetchPages: 1,
    fetch: async (...call) => {
      const answer = await vendor.emulator.fetch(...call);
      if (pages() >= 4) fourth();
      return answer;
    },
  });
  const { sink, store } = memorySink();
  const state = await advanceExport(client, beginExport("export", { pageSize: 10 }), { sink });
  const failure = new Error("the disk is full");
  let writes = 0;
  const write: typeof sink.write = async (batch, states) => {
    writes += 1;
    // The batch takes a record of the second page to end, and while it is read the third one comes.
    if (writes === 1) await isFourthAsked;
    if (writes === 2) throw failure;
    return sink.write(batch, states);
  };
  const failing = advanceExport(client, state, { sink: { ...sink, write }, batch: 10 });
  expect(await rejection(failing)).toBe(failure);
  expect(store.records).toHaveLength(10);
  expect(pages()).toBeLessThanOrEqual(5);
  const sent = pages();
  const done = await advanceExport(client, state, { sink, batch: 10 });
  expect(done.phase).toBe("done");
  expect(new Set(store.records.map((record) => JSON.stringify(record))).size).toBe(done.records);
  expect(store.records).toHaveLength(done.records);
  expect(pages()).toBeGreaterThan(sent);
});
