import { ExportError } from "exportkit";
import { beginExport, type Engine, runDurably, type Sink, type StateChange } from "exportkit/durable";
import type { TestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { setups, vendorOf } from "../budget/vendors.js";
import { count, harness, token } from "../client/harness.js";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { memorySink, requestOf } from "./memory-sink.js";

/** An engine that keeps a journal, and replays it: what ran is not run again. */
function journalEngine(clock: TestClock, journal = new Map<string, string>()) {
  const names: string[] = [];
  let crashAfter = Number.POSITIVE_INFINITY;
  const engine: Engine = {
    async step(name, run) {
      names.push(name);
      const known = journal.get(name);
      if (known !== undefined) return JSON.parse(known);
      const text = JSON.stringify(await run());
      if (--crashAfter < 0) throw new Error("the worker was killed");
      journal.set(name, text);
      return JSON.parse(text);
    },
    async sleepUntil(name, at) {
      names.push(name);
      if (journal.has(name)) return;
      clock.advance(Math.max(0, at - clock.now()));
      journal.set(name, "slept");
    },
  };
  return {
    engine,
    journal,
    names,
    crashAfter(steps: number) {
      crashAfter = steps;
    },
  };
}

describe.each(setups)("a workflow over $name", (setup) => {
  it("replays its journal after every crash, and ends with all records once", async () => {
    const vendor = vendorOf(setup, 45_000);
    const { sink, claimStart, store } = memorySink();
    const journal = new Map<string, string>();
    const begun = beginExport("export", requestOf(setup.name));
    const options = { sink, claimStart, sliceMs: 20_000, batch: 40 };
    let done: unknown;
    for (let life = 0; done === undefined && life < 40; life++) {
      const { engine, crashAfter } = journalEngine(vendor.clock, journal);
      // Every life gets one step further: it crashes behind what the sink has and before what the journal has.
      crashAfter(1);
      done = await runDurably(engine, vendor.client(), begun, options).catch((error: Error) => {
        expect(error.message).toBe("the worker was killed");
      });
    }
    const client = vendor.client();
    const whole = await collect(await client.download(store.states.at(-1)?.job as never));
    expect(done).toMatchObject({ phase: "done", records: whole.length });
    expect(store.records).toEqual(whole);
    const again = journalEngine(vendor.clock, journal);
    const sent = vendor.emulator.requests.length;
    expect(await runDurably(again.engine, client, begun, options)).toEqual(done);
    expect(vendor.emulator.requests.length).toBe(sent);
    expect(new Set(again.names).size).toBe(again.names.length);
  });
});

describe("a workflow", () => {
  const begun = beginExport("users", { format: "ndjson" });

  const repeated = () => new Error("the database is away");
  const waitedOut = () => new ExportError("PROVIDER_UNAVAILABLE", "away", { retryable: true });

  it.each([
    ["errors of its own, which the engine repeats", [repeated, repeated]],
    ["ExportErrors", [waitedOut, waitedOut]],
    ["one and then the other", [repeated, waitedOut]],
  ])("knows the job that the sink could not store: %s", async (_, failures) => {
    const { client, clock, emulator } = harness();
    const { sink, claimStart, store } = memorySink();
    const writes: StateChange[] = [];
    const failing: Sink<unknown> = {
      ...sink,
      async write(batch, states) {
        writes.push(states);
        const failure = failures[writes.length - 1];
        if (failure) throw failure();
        await sink.write(batch, states);
      },
    };
    const { engine } = journalEngine(clock);
    const patient: Engine = {
      ...engine,
      step: (name, run) => engine.step(name, () => run().catch(run).catch(run)),
    };
    const options = { sink: failing, claimStart, sliceMs: 20_000 };
    const done = await runDurably(patient, client, begun, options);
    expect(done).toMatchObject({ phase: "done", records: store.records.length });
    expect(writes[0]?.before).toEqual(begun);
    // The same write each time.
    expect(writes.slice(1, 3)).toEqual([writes[0], writes[0]]);
    expect(count(emulator, "start")).toBe(1);
  });

  it("keeps a job that the sink could not store without the credential in its request", async () => {
    const { client, clock } = harness();
    const { sink, claimStart } = memorySink();
    const { engine, journal } = journalEngine(clock);
    const enough = new Error("enough");
    const failing: Sink<unknown> = { ...sink, write: () => Promise.reject(waitedOut()) };
    const fields = ["/email", { pointer: "/sub", fieldName: token }];
    const options = { sink: failing, claimStart, sliceMs: 20_000 };
    const stopped: Engine = { ...engine, sleepUntil: () => Promise.reject(enough) };
    const run = runDurably(stopped, client, beginExport("users", { format: "csv", fields }), options);
    expect(await rejection(run)).toBe(enough);
    const [kept = "{}"] = journal.values();
    expect(kept).toContain('"started"');
    expect(kept).not.toContain(token);
  });

  it("throws what is not worth repeating, as an ExportError, in a replay too", async () => {
    const { client, clock, emulator } = harness({ emulator: { outcome: "failed" } });
    const { sink } = memorySink();
    const { engine, journal } = journalEngine(clock);
    const failing = rejection<ExportError>(runDurably(engine, client, begun, { sink, sliceMs: 1_000 }));
    const error = await failing;
    expect(error).toMatchObject({ code: "EXPORT_FAILED", connection: "users", job: { status: "failed" } });
    const polls = count(emulator, "poll");
    const replay = journalEngine(clock, journal);
    const replayed = await rejection<ExportError>(
      runDurably(replay.engine, client, begun, { sink, sliceMs: 1_000 }),
    );
    expect(replayed).toMatchObject({ code: "EXPORT_FAILED", message: error.message });
    expect(count(emulator, "poll")).toBe(polls);
  });

  it("waits out what passes, by the engine's own sleep", async () => {
    const { client, clock, emulator } = harness({ settings: { retry: { retries: 0 } } });
    const { sink, store } = memorySink();
    const { engine, names } = journalEngine(clock);
    emulator.faults.add({ on: "poll", times: 3, fault: { type: "status", status: 503 } });
    const done = await runDurably(engine, client, begun, { sink, sliceMs: 60_000 });
    expect(done).toMatchObject({ phase: "done", records: 20 });
    expect(store.records).toHaveLength(20);
    expect(names.filter((name) => name.startsWith("retry"))).toHaveLength(3);
  });

  it("gives up what never passes", async () => {
    const { client, clock, emulator } = harness({ settings: { retry: { retries: 0 } } });
    const { sink } = memorySink();
    const { engine, names } = journalEngine(clock);
    emulator.faults.add({ on: "poll", times: 1_000, fault: { type: "status", status: 503 } });
    const error = await rejection(runDurably(engine, client, begun, { sink, sliceMs: 60_000 }));
    expect(error).toMatchObject({ code: "PROVIDER_UNAVAILABLE" });
    expect(names.filter((name) => name.startsWith("retry"))).toHaveLength(20);
  });

  it("leaves the sink's errors to the engine", async () => {
    const { client, clock } = harness();
    const { engine, journal } = journalEngine(clock);
    const lost = new Error("the database is away");
    const sink = { write: () => Promise.reject(lost) };
    expect(await rejection(runDurably(engine, client, begun, { sink, sliceMs: 1_000 }))).toBe(lost);
    expect(journal.size).toBe(0);
  });

  it("gives a reason where its slices are too short to get anywhere", async () => {
    const { client, clock } = harness({
      intercept: async (_, proceed) => {
        clock.advance(1_001);
        return proceed();
      },
    });
    const { sink, store } = memorySink();
    const { engine, names } = journalEngine(clock);
    const error = await rejection(runDurably(engine, client, begun, { sink, sliceMs: 1_000 }));
    expect(error).toMatchObject({ code: "TIMEOUT", details: { field: "sliceMs" } });
    expect(store.records).toHaveLength(0);
    expect(names.filter((name) => name.startsWith("retry"))).toHaveLength(20);
  });

  it.each([undefined, {}, { step: async () => {} }])("refuses an engine that is none: %j", async (engine) => {
    const { client } = harness();
    const { sink } = memorySink();
    const begun = beginExport("users", { format: "ndjson" });
    expect(
      await rejection(runDurably(engine as never, client, begun, { sink, sliceMs: 1_000 })),
    ).toMatchObject({ code: "CONFIG_INVALID", details: { field: "engine" } });
  });

  it.each([0, -1, Number.NaN, undefined, "1000"])("refuses a slice of %s ms", async (sliceMs) => {
    const { client, clock } = harness();
    const { engine } = journalEngine(clock);
    const { sink } = memorySink();
    expect(
      await rejection(runDurably(engine, client, begun, { sink, sliceMs: sliceMs as never })),
    ).toMatchObject({ code: "CONFIG_INVALID", details: { field: "sliceMs" } });
  });
});
