import { ExportError } from "exportkit";
import { advanceExport, beginExport, parseState, type Sink, verdictOf } from "exportkit/durable";
import { describe, expect, it } from "vitest";
import { harness, token } from "../client/harness.js";
import { accessRequest, connect, vendorNames } from "../security/vendors.js";
import { rejection, thrown } from "../support/outcome.js";
import { stored } from "../support/stored.js";
import { memorySink } from "./memory-sink.js";

const state = beginExport("users", { format: "ndjson" });
const job = { version: 1, id: "1" };

describe("a state", () => {
  it("is plain, frozen, and the same after JSON", () => {
    const since = new Date("2026-01-01T00:00:00Z");
    const begun = beginExport("readers", { since, appIds: ["a"] });
    expect(begun).toEqual({
      version: 1,
      phase: "starting",
      connection: "readers",
      request: { since: "2026-01-01T00:00:00.000Z", appIds: ["a"] },
      records: 0,
      wakeAt: 0,
    });
    expect(parseState(stored(begun))).toEqual(begun);
    expect(Object.isFrozen(begun) && Object.isFrozen(begun.request)).toBe(true);
  });

  it.each([[undefined], [null], ["x"], [[]], [{ count: 1n }], [() => {}]])(
    "is not started with a request that is no plain object: %s",
    (request) => {
      expect(thrown(() => beginExport("users", request as never))).toMatchObject({ code: "REQUEST_INVALID" });
    },
  );

  it.each([
    ["of a class", new Map([["since", "2026-01-01"]])],
    ["with a function", { since: () => new Date() }],
    ["with a symbol", { appIds: [Symbol("a")] }],
    ["with no number", { pageSize: Number.NaN }],
    ["with no moment", { since: new Date("yesterday") }],
  ])("is not started with less than was asked for: a request %s", (_, request) => {
    expect(thrown(() => beginExport("readers", request))).toMatchObject({ code: "REQUEST_INVALID" });
  });

  it.each([undefined, "", 5])("is not started for a connection without a name: %s", (connection) => {
    expect(thrown(() => beginExport(connection as never, {}))).toMatchObject({
      code: "CONFIG_INVALID",
      details: { field: "connection" },
    });
  });

  it.each([
    ["state", JSON.stringify(state)],
    ["version", { ...state, version: 2 }],
    ["version", {}],
    ["phase", { ...state, phase: "polling" }],
    ["connection", { ...state, connection: "" }],
    ["request", { ...state, request: "ndjson" }],
    ["job", { ...state, phase: "waiting" }],
    ["job", { ...state, job: "1" }],
    ["job.connection", { ...state, phase: "reading", job: { ...job, connection: "others" } }],
    ["checkpoint", { ...state, phase: "reading", job, checkpoint: "1" }],
    ["records", { ...state, records: -1 }],
    ["records", { ...state, records: 1.5 }],
    ["wakeAt", { ...state, wakeAt: "2026-01-01" }],
    ["watermark", { ...state, watermark: "yesterday" }],
  ])("with a wrong %s is refused: %j", async (field, value) => {
    const refusal = { code: "JOB_INVALID", details: { field } };
    expect(thrown(() => parseState(value))).toMatchObject(refusal);
    const { client } = harness();
    const { sink } = memorySink();
    expect(await rejection(advanceExport(client, value as never, { sink }))).toMatchObject(refusal);
    const holding: Sink<unknown> = { load: async () => value as never, write: async () => {} };
    expect(await rejection(advanceExport(client, state, { sink: holding }))).toMatchObject(refusal);
  });

  it.each([undefined, null, 1, [], "text"])("that is none is refused: %s", (value) => {
    expect(thrown(() => parseState(value))).toMatchObject({ code: "JOB_INVALID" });
  });

  it("takes nulls of mappers for what is absent, and keeps what it does not know", () => {
    const mapped = { ...stored(state), job: null, checkpoint: null, watermark: null, note: "mine" };
    expect(parseState(mapped)).toEqual({ ...state, note: "mine" });
  });

  it("with a job or a checkpoint that was tampered with is refused by the step that uses it", async () => {
    const { client } = harness({ emulator: { jobDurationMs: 0 } });
    const { sink, store } = memorySink();
    let known = await advanceExport(client, state, { sink });
    known = await advanceExport(client, known, { sink });
    store.states.length = 0;
    const tampered = [
      { ...known, job: { ...known.job, provider: "zephr" } },
      {
        ...known,
        checkpoint: { version: 1, connection: "users", jobId: "x", mode: "records", position: {} },
      },
    ];
    for (const value of tampered) {
      expect(await rejection(advanceExport(client, value as never, { sink }))).toMatchObject({
        code: "JOB_INVALID",
      });
    }
  });
});

describe.each(vendorNames)("the states of an export at %s", (name) => {
  it("hold no secret", async () => {
    const { client, clock, home, request, secrets, sent } = connect(name);
    const { sink, store } = memorySink();
    let known = beginExport("export", request);
    for (let step = 0; known.phase !== "done" && step < 50; step++) {
      known = await advanceExport(client, known, { sink });
      clock.advance(Math.max(0, known.wakeAt - clock.now()));
    }
    expect(known.phase).toBe("done");
    const seen = JSON.stringify(store.states);
    for (const secret of secrets) expect(seen).not.toContain(secret);
    // Of a signed URL, nothing behind its origin.
    const queries = sent.filter(({ url }) => url.origin !== home).map(({ url }) => url.search);
    for (const query of queries) if (query) expect(seen).not.toContain(query.slice(1));
  });
});

it("a credential that stood in the request is not in the states once the export is started", async () => {
  const { client } = harness();
  const { sink, store } = memorySink();
  const asked = { format: "csv", fields: [{ pointer: "/sub", fieldName: token }] };
  const begun = beginExport("users", asked);
  const known = await advanceExport(client, begun, { sink });
  expect(JSON.stringify([known, store.states])).not.toContain(token);
  // The engine's own copy still has it, and is known to be of the same run.
  expect(await advanceExport(client, begun, { sink })).toHaveProperty("job.id", known.job?.id);
});

describe("options of a step", () => {
  const { sink } = memorySink();
  it.each([
    ["sink", {}],
    ["sink", { sink: {} }],
    ["sink", { sink: { write: 1 } }],
    ["sink", { sink: { write: async () => {}, load: {} } }],
    ["batch", { sink, batch: 0 }],
    ["batch.size", { sink, batch: { size: -1 } }],
    ["batch.length", { sink, batch: { length: 1 } }],
    ["claimStart", { sink, claimStart: true }],
    ["signal", { sink, signal: {} }],
    ["onInvalid", { sink, onInvalid: "ignore" }],
    ["budgt", { sink, budgt: {} }],
    ["deadline", { sink, budget: { deadline: "soon" } }],
  ])("with a wrong %s are refused: %j", async (field, options) => {
    const { client } = harness();
    expect(await rejection(advanceExport(client, state, options as never))).toMatchObject({
      code: "CONFIG_INVALID",
      details: { field },
    });
  });

  it("reject with the reason of a signal that is aborted", async () => {
    const { client, emulator } = harness();
    const signal = AbortSignal.abort("enough");
    expect(await rejection(advanceExport(client, state, { sink, signal }))).toBe("enough");
    expect(emulator.requests).toHaveLength(0);
  });

  it("cut the batches", async () => {
    const sizes: number[] = [];
    for (const batch of [6, { size: 6 }, { bytes: 1 }]) {
      const { client } = harness({ emulator: { jobDurationMs: 0 } });
      const sized: Sink<unknown> = { write: async ({ records }) => void sizes.push(records.length) };
      let known = state;
      while (known.phase !== "done") known = await advanceExport(client, known, { sink: sized, batch });
    }
    const delivered = sizes.filter((size) => size > 0);
    expect(delivered).toEqual([6, 6, 6, 2, 6, 6, 6, 2, ...Array(20).fill(1)]);
  });
});

describe("a verdict", () => {
  const at = new Date("2026-02-01T00:00:00Z");
  const limited = new ExportError("RATE_LIMITED", "later", { retryable: true, retryAt: at });
  const failed = new ExportError("EXPORT_FAILED", "it failed");

  it.each([
    ["an error that passes", new ExportError("NETWORK", "lost", { retryable: true }), { retry: true }],
    ["one that says when", limited, { retry: true, at }],
    ["one that does not pass", failed, { retry: false }],
    ["one out of an engine's store", stored(failed.toJSON()), { retry: false }],
    ["one out of a store that says when", stored(limited.toJSON()), { retry: true, at }],
    ["a cause of the engine's own error", new Error("step failed", { cause: failed }), { retry: false }],
    ["a cause's cause", new Error("a", { cause: new Error("b", { cause: limited }) }), { retry: true, at }],
    ["a cause that is JSON", new Error("a", { cause: stored(failed.toJSON()) }), { retry: false }],
    ["the sink's error", new Error("connection lost"), { retry: true }],
    ["nothing at all", undefined, { retry: true }],
    ["a text", "EXPORT_FAILED", { retry: true }],
  ])("on %s", (_, error, verdict) => {
    expect(verdictOf(error)).toEqual(verdict);
  });

  it("on what causes itself ends", () => {
    const error = new Error("round");
    error.cause = error;
    expect(verdictOf(error)).toEqual({ retry: true });
  });
});

it("an avepoint request in a state is the one that is sent", async () => {
  const { client, sent } = connect("AvePoint with a secret");
  await advanceExport(client, beginExport("export", accessRequest), { sink: memorySink().sink });
  expect(sent.map(({ url }) => url.pathname)).toContainEqual(expect.stringContaining("/access/export"));
});
