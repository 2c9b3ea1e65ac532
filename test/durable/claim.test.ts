import { ExportError } from "exportkit";
import {
  advanceExport,
  beginExport,
  type ClaimStart,
  type ExportState,
  type Sink,
  verdictOf,
} from "exportkit/durable";
import { describe, expect, it } from "vitest";
import { setups, vendorOf } from "../budget/vendors.js";
import { count, harness } from "../client/harness.js";
import { rejection } from "../support/outcome.js";
import { memorySink, requestOf, type Store } from "./memory-sink.js";

describe.each(setups)("a claim on the start of $name", (setup) => {
  it("that is taken, with no job known, sends nothing", async () => {
    const vendor = vendorOf(setup);
    const { sink } = memorySink();
    const state = beginExport("export", requestOf(setup.name));
    const error = await rejection<ExportError>(
      advanceExport(vendor.client(), state, { sink, claimStart: async () => false }),
    );
    expect(error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", retryable: false, connection: "export" });
    expect(error.message).toContain("Nothing was sent");
    expect(verdictOf(error)).toEqual({ retry: false });
    expect(vendor.emulator.requests).toHaveLength(0);
  });

  it("is not spent on a wrong request", async () => {
    const vendor = vendorOf(setup);
    const { sink, claimStart, store } = memorySink();
    const state = beginExport("export", { ...requestOf(setup.name), nonsense: 1 });
    const error = await rejection(advanceExport(vendor.client(), state, { sink, claimStart }));
    expect(error).toMatchObject({ code: "REQUEST_INVALID", details: { field: "nonsense" } });
    expect(store.isClaimed).toBe(false);
    expect(store.states).toEqual([]);
    expect(vendor.emulator.requests).toHaveLength(0);
  });

  it("is not spent where the budget is", async () => {
    const vendor = vendorOf(setup);
    const { sink, claimStart, store } = memorySink();
    const state = beginExport("export", requestOf(setup.name));
    for (const budget of [{ requests: 0 }, { deadline: vendor.clock.now() - 1 }]) {
      expect(await advanceExport(vendor.client(), state, { sink, claimStart, budget })).toEqual(state);
    }
    expect(store.isClaimed).toBe(false);
    expect(vendor.emulator.requests).toHaveLength(0);
    expect(await advanceExport(vendor.client(), state, { sink, claimStart })).toHaveProperty("job");
  });
});

const state = beginExport("users", { format: "ndjson" });

/** A claim that can be given back, and how often it was. */
function releasable(store: Store): ClaimStart & { released: number } {
  return Object.assign(async () => store.claim(), {
    released: 0,
    async release(this: { released: number }) {
      this.released += 1;
      store.isClaimed = false;
    },
  });
}

describe("a claim", () => {
  it("lets one of two workers start; the other one takes the job that the first has stored", async () => {
    const { client, emulator } = harness();
    const { sink, claimStart, store } = memorySink();
    // Both look before either claims; the second answers once the first has stored its job.
    let firstIsDone: (value: unknown) => void = () => {};
    const first = new Promise((resolve) => {
      firstIsDone = resolve;
    });
    const slowly: ClaimStart = async () => {
      await first;
      return claimStart();
    };
    const second = advanceExport(client, state, { sink, claimStart: slowly });
    const started = await advanceExport(client, state, { sink, claimStart });
    firstIsDone(undefined);
    expect(await second).toEqual(started);
    expect(store.states).toHaveLength(1);
    expect(count(emulator, "start")).toBe(1);
  });

  it("that is spent on a job which the sink did not store leaves the job's name in the log", async () => {
    const { client, events, emulator } = harness();
    const { store, claimStart } = memorySink();
    const failure = new Error("the database is away");
    const sink: Sink<unknown> = { write: () => Promise.reject(failure) };
    expect(await rejection(advanceExport(client, state, { sink, claimStart }))).toBe(failure);
    expect(store.isClaimed).toBe(true);
    const started = events.find((event) => event.type === "start");
    const warning = events.find((event) => event.type === "warning");
    expect(warning).toMatchObject({ connection: "users", jobId: started?.jobId });
    expect(warning?.message).toContain(`job ${started?.jobId}`);
    expect(count(emulator, "start")).toBe(1);
  });

  it("that is spent on a job which the sink did not store is none too many for a caller who hands on the job", async () => {
    for (const failure of [
      new Error("away"),
      new ExportError("PROVIDER_UNAVAILABLE", "away", { retryable: true }),
    ]) {
      const { client, emulator, clock } = harness();
      const { sink, claimStart, store } = memorySink();
      const failing: Sink<unknown> = { ...sink, write: () => Promise.reject(failure) };
      const error = await rejection(advanceExport(client, state, { sink: failing, claimStart }));
      expect(error).toBe(failure);
      // An engine may have wrapped it.
      const verdict = verdictOf(new Error("step failed", { cause: error }));
      expect(verdict).toMatchObject({ retry: true, job: { connection: "users" } });
      let known: ExportState = { ...state, ...(verdict.job && { job: verdict.job }) };
      known = JSON.parse(JSON.stringify(known));
      while (known.phase !== "done") {
        clock.advance(Math.max(0, known.wakeAt - clock.now()));
        known = await advanceExport(client, known, { sink, claimStart });
      }
      expect(store.records.length).toBe(known.records);
      expect(known.watermark).toBe(verdict.job?.createdAt);
      expect(count(emulator, "start")).toBe(1);
      // What has nothing to do with a start tells of none.
      expect(verdictOf(new Error("away"))).toEqual({ retry: true });
    }
  });

  it.each([true, false])(
    "that is spent on a job which the sink did not store leaves it a first state to insert (load: %s)",
    async (hasLoad) => {
      const { client, clock, emulator } = harness();
      let row: string | undefined;
      let isAway = true;
      // Inserts before a job is known, and from then on replaces the very state it has.
      const sink: Sink<unknown> = {
        ...(hasLoad && { load: async () => (row === undefined ? null : JSON.parse(row)) }),
        async write(_, { before, after }) {
          if (isAway) throw new Error("away");
          const expected = before.job === undefined ? undefined : JSON.stringify(before);
          if (row !== expected) throw new Error("overtaken");
          row = JSON.stringify(after);
        },
      };
      const { claimStart } = memorySink();
      const { job } = verdictOf(await rejection(advanceExport(client, state, { sink, claimStart })));
      let known: ExportState = { ...state, ...(job && { job }) };
      // Away for one more step, which changes nothing.
      expect(await rejection(advanceExport(client, known, { sink, claimStart }))).toMatchObject({
        message: "away",
      });
      isAway = false;
      while (known.phase !== "done") {
        clock.advance(Math.max(0, known.wakeAt - clock.now()));
        known = await advanceExport(client, known, { sink, claimStart });
      }
      expect(row).toBe(JSON.stringify(known));
      expect(count(emulator, "start")).toBe(1);
    },
  );

  it("that is spent on a job which the caller stored in the sink's place is fenced by what is there", async () => {
    const { client } = harness();
    const { sink, claimStart, store } = memorySink();
    const failing: Sink<unknown> = { ...sink, write: () => Promise.reject(new Error("away")) };
    const { job } = verdictOf(await rejection(advanceExport(client, state, { sink: failing, claimStart })));
    store.states.push({ ...state, ...(job && { job }) });
    const after = await advanceExport(client, state, { sink, claimStart });
    expect(after).toMatchObject({ phase: "waiting", job: { id: job?.id } });
    expect(store.states.at(-1)).toEqual(after);
  });

  it("is given back where the vendor refused, and a later step starts", async () => {
    const { client, emulator } = harness({ settings: { retry: { retries: 0 } } });
    const { sink, store } = memorySink();
    const claimStart = releasable(store);
    emulator.faults.add({ on: "start", fault: { type: "status", status: 429 } });
    const refused = await rejection(advanceExport(client, state, { sink, claimStart }));
    expect(verdictOf(refused)).toMatchObject({ retry: true });
    expect(claimStart.released).toBe(1);
    expect(await advanceExport(client, state, { sink, claimStart })).toMatchObject({ phase: "waiting" });
    expect(claimStart.released).toBe(1);
    expect(store.isClaimed).toBe(true);
  });

  it("is given back where a signal came before anything was sent, and kept where it came later", async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const { client, emulator } = harness();
    const { sink, store } = memorySink();
    const claimStart = releasable(store);
    const aborting = Object.assign(
      async (claim: string) => {
        controller.abort(reason);
        return claimStart(claim);
      },
      { release: (claim: string) => claimStart.release?.call(claimStart, claim) ?? Promise.resolve() },
    );
    expect(
      await rejection(
        advanceExport(client, state, { sink, claimStart: aborting, signal: controller.signal }),
      ),
    ).toBe(reason);
    expect(claimStart.released).toBe(1);
    expect(count(emulator, "start")).toBe(0);

    // Sent already: the job is stored, whoever gave up.
    const late = new AbortController();
    const answering = harness({
      intercept: async ({ url }, proceed) => {
        const response = await proceed();
        if (url.pathname.endsWith("/export")) late.abort(reason);
        return response;
      },
    });
    const after = await advanceExport(answering.client, state, { sink, claimStart, signal: late.signal });
    expect(after.job?.id).toBeDefined();
    expect(store.states).toEqual([after]);
  });

  it("is kept where the outcome is unknown: no step starts another export", async () => {
    const { client, emulator } = harness();
    const { sink, store } = memorySink();
    const claimStart = releasable(store);
    emulator.faults.add({ on: "start", fault: { type: "reset", effect: true } });
    const lost = await rejection(advanceExport(client, state, { sink, claimStart }));
    expect(lost).toMatchObject({ code: "START_OUTCOME_UNKNOWN" });
    const again = await rejection(advanceExport(client, state, { sink, claimStart }));
    expect(again).toMatchObject({ code: "START_OUTCOME_UNKNOWN" });
    expect(claimStart.released).toBe(0);
    expect(count(emulator, "start")).toBe(1);
  });

  it("without one, a start whose answer was lost is not worth repeating", async () => {
    const { client, emulator } = harness();
    const { sink } = memorySink();
    emulator.faults.add({ on: "start", fault: { type: "reset", effect: true } });
    const lost = await rejection<ExportError>(advanceExport(client, state, { sink }));
    expect(ExportError.isInstance(lost)).toBe(true);
    expect(verdictOf(lost)).toEqual({ retry: false });
  });
});

describe("the sink's own copy", () => {
  it("wins over the state that a step is called with", async () => {
    const { client, emulator } = harness({ emulator: { jobDurationMs: 0 } });
    const { sink, store } = memorySink();
    const started = await advanceExport(client, state, { sink });
    const reading = await advanceExport(client, started, { sink });
    const done = await advanceExport(client, reading, { sink });
    const sent = emulator.requests.length;
    for (const older of [state, started, reading]) {
      expect(await advanceExport(client, older, { sink })).toEqual(done);
    }
    expect(emulator.requests).toHaveLength(sent);
    expect(store.records).toHaveLength(20);
  });

  it("of another run is refused", async () => {
    const { client, emulator } = harness();
    const { sink } = memorySink();
    const started = await advanceExport(client, state, { sink });
    const other = await advanceExport(client, state, { sink: memorySink().sink });
    const cases: readonly [ExportState, string][] = [
      [beginExport("others", { format: "ndjson" }), "connection"],
      [beginExport("users", { format: "csv" }), "request"],
      [other, "job"],
    ];
    const sent = emulator.requests.length;
    for (const [given, field] of cases) {
      expect(await rejection(advanceExport(client, given, { sink }))).toMatchObject({
        code: "JOB_INVALID",
        details: { field },
      });
    }
    expect(emulator.requests).toHaveLength(sent);
    expect(await advanceExport(client, started, { sink })).toHaveProperty("job.id", started.job?.id);
  });

  it("that is missing though records were delivered is refused: the sink is another one", async () => {
    const { client } = harness({ emulator: { jobDurationMs: 0 } });
    const { sink } = memorySink();
    let known = state;
    for (let step = 0; step < 3; step++) known = await advanceExport(client, known, { sink });
    expect(known.records).toBe(20);
    const given = { ...known, phase: "reading" as const };
    expect(await rejection(advanceExport(client, given, { sink: memorySink().sink }))).toMatchObject({
      code: "JOB_INVALID",
      details: { field: "sink" },
    });
  });
});
