import { createExportClient, type ExportError } from "exportkit";
import { advanceExport, beginExport, type ExportState, incremental, type Sink } from "exportkit/durable";
import { createTestClock } from "exportkit/testing";
import { type ZephrItem, zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";
import { harness } from "../client/harness.js";
import { connect } from "../security/vendors.js";
import { rejection, thrown } from "../support/outcome.js";
import { memorySink } from "./memory-sink.js";

interface Reader {
  readonly id: string;
  registered: number;
  updated: number;
  version: number;
}

/** A Zephr whose readers change while they are listed, with a clock of its own; the times of changes go by it. */
function changingZephr(aheadMs: number, commitDelayMs: number) {
  const clock = createTestClock();
  let offsetMs = aheadMs;
  const now = () => clock.now() + offsetMs;
  const readers: Reader[] = [];
  /** What is written and not to be seen yet. */
  const pending: { readonly at: number; apply(): void }[] = [];
  let random = 7;
  const next = (below: number) => {
    random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
    return random % below;
  };
  const settle = () => {
    for (let index = pending.length - 1; index >= 0; index--) {
      const change = pending[index];
      if (change && change.at <= clock.now()) pending.splice(index, 1)[0]?.apply();
    }
  };
  /** Somebody registers, somebody is changed; both stamped now, and visible a little later. */
  const change = () => {
    const stamp = now();
    const id = `r${String(readers.length + pending.length).padStart(5, "0")}-${next(1_000_000)}`;
    pending.push({
      at: clock.now() + commitDelayMs,
      apply: () => readers.push({ id, registered: stamp, updated: stamp, version: 1 }),
    });
    const reader = readers[next(Math.max(1, readers.length))];
    if (reader)
      pending.push({
        at: clock.now() + commitDelayMs,
        apply: () => {
          reader.updated = stamp;
          reader.version += 1;
        },
      });
  };
  const fetch: typeof globalThis.fetch = async (input) => {
    settle();
    const { searchParams } = new URL(String(input));
    const from = (name: string) => Date.parse(searchParams.get(name) ?? "1970-01-01T00:00:00Z");
    const [since, registeredSince] = [from("since"), from("registeredSince")];
    const all = readers.filter(({ updated, registered }) => updated > since && registered >= registeredSince);
    const [page, rpp] = [Number(searchParams.get("page")), Number(searchParams.get("rpp"))];
    const results = all.slice((page - 1) * rpp, page * rpp).map(({ id, registered, version }) => ({
      user: { user_id: id, identifiers: {}, registered: new Date(registered).toISOString(), version },
    }));
    const answer = Response.json(
      { results, meta: { count: all.length, rpp, paginated: true } },
      { headers: { date: new Date(now()).toUTCString() } },
    );
    // Time goes by, and the readers do not stand still.
    clock.advance(700);
    if (rpp > 1) change();
    return answer;
  };
  const client = createExportClient({
    providers: { readers: zephr({ baseUrl: "https://news.example", accessKey: "a", secretKey: "s" }) },
    fetch,
    clock,
    random: () => 0.5,
  });
  /** From now on the vendor's clock is off by so much. */
  const setClock = (ms: number) => {
    offsetMs = ms;
  };
  return { clock, client, readers, change, settle, setClock };
}

/** One night: a run from its start to its end, its state stored and read again between the steps. */
async function night(
  client: ReturnType<typeof changingZephr>["client"],
  request: object,
  table: Map<string, ZephrItem>,
): Promise<ExportState> {
  const sink: Sink<ZephrItem> = {
    // De-duplicated by the key: what comes again replaces.
    async write({ records }) {
      for (const record of records) table.set(record.user.user_id, record);
    },
  };
  let state = beginExport("readers", request);
  while (state.phase !== "done")
    state = JSON.parse(JSON.stringify(await advanceExport(client, state, { sink, batch: 20 })));
  return state;
}

describe("nightly runs of changes", () => {
  it.each([
    ["since", 0, 0, 1_000],
    // Five minutes ahead of the client, and what is written is seen 40 s later.
    ["since", 300_000, 40_000, 60_000],
    ["since", -300_000, 40_000, 60_000],
    ["registeredSince", 300_000, 40_000, 60_000],
  ])("by %s lose nobody who changes under way (clock %i ms off, seen after %i ms)", async (...given) => {
    const [field, aheadMs, commitDelayMs, lookbackMs] = given;
    const vendor = changingZephr(aheadMs, commitDelayMs);
    for (let count = 0; count < 150; count++) vendor.change();
    vendor.clock.advance(24 * 3_600_000);
    const nightly = incremental({ field, lookbackMs });
    const table = new Map<string, ZephrItem>();
    let last: ExportState | undefined;
    const delivered: number[] = [];
    for (let run = 0; run < 8; run++) {
      last = await night(vendor.client, nightly({ pageSize: 10 }, last), table);
      delivered.push(last.records);
      // A day, with a few changes in it.
      for (let hour = 0; hour < 6; hour++) {
        vendor.clock.advance(3_600_000);
        vendor.change();
      }
      vendor.clock.advance(commitDelayMs);
      vendor.settle();
    }
    // A last night in which nothing changes any more: what was under way before is found.
    last = await night(vendor.client, nightly({ pageSize: 1_000 }, last), table);
    vendor.settle();
    const known = vendor.readers.filter(({ updated }) => updated <= Date.parse(last?.watermark ?? ""));
    expect(known.length).toBeGreaterThan(200);
    expect(known.filter(({ id }) => !table.has(id))).toEqual([]);
    if (field === "since")
      expect(known.filter(({ id, version }) => table.get(id)?.user.version !== version)).toEqual([]);
    // They bring what changed, and not everything again.
    expect(Math.max(...delivered.slice(1))).toBeLessThan((delivered[0] ?? 0) / 2);
  });

  it("lose nobody where nothing changed, the vendor's clock steps back, or a change has the very time of a start", async () => {
    const vendor = changingZephr(0, 0);
    for (let count = 0; count < 30; count++) vendor.change();
    // Whole seconds, as a `Date` header has them.
    vendor.clock.advance(86_400_000 - (vendor.clock.now() % 1_000));
    const nightly = incremental({ field: "since", lookbackMs: 1_000 });
    const table = new Map<string, ZephrItem>();
    // A page that holds all of them, so that nothing changes while they are listed but at its end.
    let last = await night(vendor.client, nightly({ pageSize: 1_000 }), table);
    const tonight = async () => {
      last = await night(vendor.client, nightly({ pageSize: 1_000 }, last), table);
      return last.records;
    };
    // What changed behind the first listing, then what changed behind that one: a change each night.
    await tonight();
    for (let run = 0; run < 3; run++) {
      vendor.clock.advance(86_400_000);
      expect(await tonight()).toBeLessThan(8);
    }
    // Stamped in the very second of the watermark, and not to be seen in that night any more.
    const stamp = Date.parse(last.watermark ?? "");
    vendor.readers.push({ id: "equal", registered: stamp, updated: stamp, version: 1 });
    vendor.clock.advance(3_600_000);
    await tonight();
    expect(table.has("equal")).toBe(true);

    // Ten minutes back: whatever is stamped until the clock is there again lies before the last watermark.
    vendor.setClock(-600_000);
    vendor.clock.advance(60_000);
    for (let count = 0; count < 5; count++) vendor.change();
    vendor.settle();
    const before = last.watermark ?? "";
    await tonight();
    expect(Date.parse(last.watermark ?? "")).toBeLessThan(Date.parse(before));
    vendor.clock.advance(1_200_000);
    await tonight();
    await tonight();
    vendor.settle();
    const known = vendor.readers.filter(({ updated }) => updated <= Date.parse(last.watermark ?? ""));
    expect(known.filter(({ id }) => !table.has(id))).toEqual([]);
  });

  it("take their watermark from the vendor's clock, at the start", async () => {
    const vendor = changingZephr(300_000, 0);
    for (let count = 0; count < 60; count++) vendor.change();
    vendor.settle();
    const start = vendor.clock.now();
    const { watermark, job } = await night(vendor.client, { pageSize: 10 }, new Map());
    expect(vendor.clock.now() - start).toBeGreaterThan(5_000);
    expect(Date.parse(watermark ?? "")).toBeLessThanOrEqual(start + 300_000);
    expect(Date.parse(watermark ?? "")).toBeGreaterThan(start + 299_000 - 1_000);
    expect(watermark).toBe(job?.createdAt);
  });
});

describe("a request for changes", () => {
  const nightly = incremental({ field: "since", lookbackMs: 60_000 });
  const last = { watermark: "2026-03-01T00:10:00.000Z" };

  it("asks for everything first, and from the last run's watermark less the lookback then", () => {
    expect(nightly({ grants: true })).toEqual({ grants: true });
    for (const none of [undefined, null]) expect(nightly({ grants: true }, none)).toEqual({ grants: true });
    const asked = { grants: true, since: "2026-03-01T00:09:00.000Z" };
    expect(nightly({ grants: true }, last)).toEqual(asked);
    expect(nightly({ grants: true }, last.watermark)).toEqual(asked);
    expect(nightly({ grants: true }, { ...last, phase: "done" })).toEqual(asked);
    expect(beginExport("readers", nightly({ grants: true }, last))).toMatchObject({
      request: asked,
      incremental: "since",
    });
  });

  it("does not begin from a run that is not done, or has no watermark", () => {
    for (const phase of ["starting", "waiting", "reading"] as const)
      expect(thrown(() => nightly({}, { ...last, phase }))).toMatchObject({
        code: "JOB_INVALID",
        details: { field: "phase" },
      });
    for (const watermark of [undefined, "yesterday", ""])
      expect(thrown(() => nightly({}, { watermark } as never))).toMatchObject({
        code: "JOB_INVALID",
        details: { field: "watermark" },
      });
  });

  it("asks for everything where it looks back further than time goes", () => {
    const always = incremental({ field: "since", lookbackMs: 1e300 });
    expect(always({}, last)).toHaveProperty("since", "1970-01-01T00:00:00.000Z");
  });

  it("is refused without a request", () => {
    expect(thrown(() => nightly(null as never, last))).toMatchObject({ code: "REQUEST_INVALID" });
  });

  it("leaves the field to the last run", () => {
    expect(thrown(() => nightly({ since: new Date() }))).toMatchObject({
      code: "REQUEST_INVALID",
      details: { field: "since" },
    });
    expect(nightly({ since: undefined }, last)).toHaveProperty("since", "2026-03-01T00:09:00.000Z");
  });

  it.each([
    ["field", { field: "" }],
    ["field", {}],
    ["lookbackMs", { field: "since", lookbackMs: -1 }],
    ["lookbackMs", { field: "since", lookbackMs: Number.NaN }],
    ["lookbackMs", { field: "since", lookbackMs: "1h" }],
    ["lookBackMs", { field: "since", lookBackMs: 60_000 }],
    ["options", undefined],
  ])("is refused with a wrong %s: %j", (field, options) => {
    expect(thrown(() => incremental(options as never))).toMatchObject({
      code: "CONFIG_INVALID",
      details: { field },
    });
  });

  it.each([
    ["Authgear with a token", "since", {}],
    ["Authgear with a token", "created_at", { format: "ndjson" }],
    ["AvePoint with a secret", "since", {}],
    ["AvePoint with a secret", "startTime", {}],
    // Its times have no zone, and which one is meant is documented nowhere.
    ["AvePoint with a secret", "startTime", { report: "userActivities", dataSources: undefined }],
    ["Zephr", "updatedSince", {}],
    ["Zephr", "pageSize", {}],
  ])(
    "is refused by %s, which has no %s: on the first night, and on later ones",
    async (name, field, more) => {
      const { client, request, sent } = connect(name);
      const wrapped = incremental({ field });
      const { pageSize: _, ...plain } = request as { pageSize?: number };
      for (const before of [undefined, last]) {
        const { sink, store, claimStart } = memorySink();
        const state = beginExport("export", wrapped({ ...plain, ...more }, before));
        const error = await rejection<ExportError>(advanceExport(client, state, { sink, claimStart }));
        expect(error).toMatchObject({ code: "NOT_SUPPORTED", details: { field }, retryable: false });
        expect(error.message).toContain(field);
        expect(store.isClaimed).toBe(false);
      }
      expect(sent).toHaveLength(0);
    },
  );

  it("that is wrong in another field is told of that one", async () => {
    const { client } = harness();
    const state = beginExport("users", nightly({ format: "xml" }));
    expect(await rejection(advanceExport(client, state, { sink: memorySink().sink }))).toMatchObject({
      code: "REQUEST_INVALID",
      details: { field: "format" },
    });
  });
});
