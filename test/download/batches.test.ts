import { pipeline, Readable, Transform, Writable } from "node:stream";
import { promisify } from "node:util";
import {
  type Batch,
  type Checkpoint,
  createBudget,
  createExportClient,
  type ExportDownload,
  type ExportError,
} from "exportkit";
import { fileDelivery, ndjson } from "exportkit/provider";
import { describe, expect, expectTypeOf, it } from "vitest";
import { finished, setups, vendorOf } from "../budget/vendors.js";
import { harness } from "../client/harness.js";
import { entries, idsOf, names, open, pagesOf } from "../pages/listing-provider.js";
import { collect } from "../support/collect.js";
import { rejection, thrown } from "../support/outcome.js";
import { stored } from "../support/stored.js";

const recordsOf = (batches: readonly Batch<unknown>[]) => batches.flatMap(({ records }) => records);

describe.each(setups)("batches of $name", (setup) => {
  it("come in order, are as large as asked for, and only the last one is the last", async () => {
    const { client, job, reference } = await finished(vendorOf(setup));
    for (const size of [1, 7, reference.length, reference.length + 1]) {
      const download = await client.download(job);
      const batches = await collect(download.batches({ size }));
      expect(recordsOf(batches)).toEqual(reference);
      expect(batches.map(({ records }) => records.length)).toEqual(
        Array.from({ length: Math.ceil(reference.length / size) }, (_, index) =>
          Math.min(size, reference.length - index * size),
        ),
      );
      expect(batches.map(({ last }) => last)).toEqual(
        batches.map((_, index) => index === batches.length - 1),
      );
      expect(download.complete).toBe(true);
      expect(stored(download.checkpoint())).toEqual(stored(batches.at(-1)?.checkpoint));
    }
  });

  it("carry their places: each resumes with the record after it, in another client", async () => {
    const vendor = vendorOf(setup);
    const { client, job, reference } = await finished(vendor);
    const batches = await collect((await client.download(job)).batches({ size: 23 }));
    let before = 0;
    for (const { records, checkpoint } of batches) {
      before += records.length;
      const rest = await vendor.client().download(job, { checkpoint: stored(checkpoint) });
      expect(await collect(rest)).toEqual(reference.slice(before));
      const again = await vendor.client().download(job, { checkpoint: stored(checkpoint) });
      const others = await collect(again.batches({ size: 50 }));
      expect(recordsOf(others)).toEqual(reference.slice(before));
      expect(others.at(-1)?.last).toBe(true);
    }
  });

  it("hold no more bytes than asked for, but for a record that is larger", async () => {
    const { client, job, reference } = await finished(vendorOf(setup));
    const length = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).byteLength;
    const lengths = reference.map(length);
    const largest = Math.max(...lengths);
    for (const bytes of [largest - 1, 3 * largest]) {
      const batches = await collect((await client.download(job)).batches({ bytes }));
      expect(recordsOf(batches)).toEqual(reference);
      const sums = batches.map(({ records }) => records.map(length).reduce((all, one) => all + one));
      expect(sums.filter((sum, index) => sum > bytes && batches[index]?.records.length !== 1)).toEqual([]);
      // None could have taken the first record of the next one.
      const full = batches
        .slice(1)
        .map(({ records }, index) => (sums[index] ?? 0) + length(records[0]) > bytes);
      expect(full).not.toContain(false);
      expect(full.length).toBeGreaterThan(5);
      expect(Math.max(...sums) > bytes).toBe(bytes < largest);
    }
  });

  it("end with the budget, and the next invocation resumes behind them", async () => {
    const vendor = vendorOf(setup);
    const { job, reference } = await finished(vendor);
    const found: unknown[] = [];
    let checkpoint: Checkpoint | undefined;
    let isLast = false;
    for (let invocation = 0; !isLast && invocation < 60; invocation++) {
      const budget = createBudget({ deadline: vendor.clock.now() + 1_000, requests: 12 });
      const download: ExportDownload<unknown> = await vendor.client().download(job, { checkpoint, budget });
      const batches: Batch<unknown>[] = [];
      for await (const batch of download.batches({ size: 4 })) {
        batches.push(batch);
        vendor.clock.advance(300);
      }
      found.push(...recordsOf(batches));
      expect(batches.slice(0, -1).every(({ last }) => !last)).toBe(true);
      expect(batches.at(-1)?.last).toBe(download.complete);
      expect(download.endedBy === undefined).toBe(download.complete);
      checkpoint = stored(batches.at(-1)?.checkpoint as Checkpoint);
      isLast = download.complete;
    }
    expect(found).toEqual(reference);
  });

  it("of a budget that is spent are one empty batch, which is not the last one", async () => {
    const { client, job } = await finished(vendorOf(setup));
    const download = await client.download(job, { budget: { requests: 0 } });
    expect(await collect(download.batches())).toEqual([
      { records: [], checkpoint: download.checkpoint(), last: false },
    ]);
    expect(download.complete).toBe(false);
  });

  it("stop by a break: nothing is under way then, and the checkpoint is that of the batch", async () => {
    const vendor = vendorOf(setup);
    const { client, job } = await finished(vendor);
    const download = await client.download(job);
    for await (const { checkpoint } of download.batches({ size: 10 })) {
      expect(stored(download.checkpoint())).toEqual(stored(checkpoint));
      break;
    }
    expect(download.complete).toBe(false);
    expect(vendor.clock.waiting).toBe(0);
    const sent = vendor.emulator.requests.length;
    await new Promise((resolve) => setImmediate(resolve));
    expect(vendor.emulator.requests.length).toBe(sent);
    expect(thrown(() => download.batches())).toMatchObject({ code: "ALREADY_CONSUMED" });
  });
});

describe("an export's batches", () => {
  it("are one empty batch where the export is empty", async () => {
    const download = await open({ fetchPage: async () => ({ items: [] }) });
    const batches = await collect(download.batches());
    expect(batches).toEqual([{ records: [], checkpoint: expect.anything(), last: true }]);
    const again = await open({
      fetchPage: async () => ({ items: [] }),
      checkpoint: stored(batches[0]?.checkpoint),
    });
    expect(await collect(again.batches())).toHaveLength(1);
  });

  it("hold 500 records where nothing is said", async () => {
    const fetchPage = pagesOf(entries(1_200), 70);
    const download = await open({ fetchPage: async (cursor) => fetchPage(cursor) });
    const batches = await collect(download.batches());
    expect(batches.map(({ records }) => records.length)).toEqual([500, 500, 200]);
    expectTypeOf(batches[0]?.records).toEqualTypeOf<
      readonly { readonly [key: string]: unknown; readonly id: string }[] | undefined
    >();
  });

  it("hold what fits into maxBufferedBytes where nothing is said", async () => {
    const list = entries(30).map((entry) => ({ ...entry, text: "ä".repeat(100) }));
    const download = await open({ fetchPage: async () => ({ items: list }), maxBufferedBytes: 1_024 });
    const batches = await collect(download.batches());
    // 200 bytes of text in 100 characters.
    expect(batches.map(({ records }) => records.length)).toEqual(Array(8).fill(4).with(-1, 2));
  });

  it.each([{ size: 0 }, { size: 1.5 }, { bytes: -1 }, { size: "10" }, { sise: 10 }, { onInvalid: "pass" }])(
    "are refused at once with wrong options: %j",
    async (options) => {
      const download = await open({ fetchPage: async () => ({ items: [] }) });
      const error = thrown<ExportError>(() => download.batches(options as never));
      expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { field: Object.keys(options)[0] } });
      // The download can still be read.
      expect(await idsOf(download)).toEqual([]);
    },
  );

  it("bring the records before a failure, and then the failure", async () => {
    const fetchPage = async (cursor: unknown) => {
      if (cursor) throw new Error("the second page is broken");
      return { items: entries(5), next: { page: 2 } };
    };
    const download = await open({ fetchPage, predict: "none" });
    const found: Batch<unknown>[] = [];
    const error = await rejection<Error>(
      (async () => {
        for await (const batch of download.batches({ size: 3 })) found.push(batch);
      })(),
    );
    expect(error.message).toContain("second page");
    expect(found.map(({ records, last }) => [records.length, last])).toEqual([
      [3, false],
      [2, false],
    ]);
    const rest = pagesOf(entries(8), 5);
    const resumed = await open({
      fetchPage: async (cursor) => rest(cursor),
      checkpoint: stored(found.at(-1)?.checkpoint),
    });
    expect(await idsOf(resumed)).toEqual(names(8).slice(5));
  });

  it("hand over nothing more once the signal is aborted", async () => {
    const controller = new AbortController();
    const fetchPage = pagesOf(entries(40), 10);
    const download = await open({
      fetchPage: async (cursor) => fetchPage(cursor),
      signal: controller.signal,
    });
    const found: Batch<unknown>[] = [];
    const reason = new Error("enough");
    const error = await rejection(
      (async () => {
        for await (const batch of download.batches({ size: 4 }))
          if (found.push(batch) === 2) controller.abort(reason);
      })(),
    );
    expect(error).toBe(reason);
    expect(found).toHaveLength(2);
  });

  it("pass over records that cannot be read, and their places count them", async () => {
    const items = [...entries(3), null, ...entries(3, 3), "x", null];
    const page = async () => ({ items });
    const issues: unknown[] = [];
    const batches = await collect(
      (await open({ fetchPage: page })).batches({ size: 2, onInvalid: (issue) => issues.push(issue) }),
    );
    expect(recordsOf(batches)).toEqual(entries(6));
    expect(issues).toHaveLength(3);
    for (const [index, { checkpoint }] of batches.entries()) {
      const rest = await open({ fetchPage: page, checkpoint: stored(checkpoint) });
      expect(recordsOf(await collect(rest.batches({ onInvalid: "skip" })))).toEqual(
        entries(6).slice(2 * index + 2),
      );
    }
    const strict = await open({ fetchPage: page });
    const before: Batch<unknown>[] = [];
    const error = await rejection<ExportError>(
      (async () => {
        for await (const batch of strict.batches()) before.push(batch);
      })(),
    );
    expect(error).toMatchObject({ code: "RECORD_INVALID", details: { index: 3 } });
    expect(before.map(({ records }) => records.length)).toEqual([3]);
  });

  it("take numbers of any size and records of any depth", async () => {
    const deep = "[".repeat(511) + "]".repeat(511);
    const line = (id: string, value: string) => `{"id":"${id}","value":${value}}\n`;
    const text = [line("a", "9007199254740993"), line("b", deep), line("c", "1e400"), line("d", "1")].join(
      "",
    );
    for (const integers of ["string", "bigint", "number"] as const) {
      const client = createExportClient({
        providers: { file: fileProvider },
        fetch: async () =>
          new Response(text, { headers: { etag: '"1"', "content-length": String(text.length) } }),
        integers,
      });
      const download = await client.runExport("file", {});
      const batches = await collect(download.batches({ bytes: 1_000 }));
      const ids = batches.map(({ records }) => records.map(({ id }) => id));
      expect(ids).toEqual([["a"], ["b"], ["c", "d"]]);
    }
  });
});

const fileProvider = {
  spec: 1 as const,
  name: "file",
  capabilities: { delivery: "file", jobs: "immediate", progress: false, formats: ["ndjson"] } as const,
  requestSchema: {
    "~standard": { version: 1 as const, vendor: "test", validate: () => ({ value: {} as object }) },
  },
  start: async () => ({ id: "job", status: "succeeded" as const }),
  poll: async () => ({ status: "succeeded" as const }),
  delivery: fileDelivery({
    locate: async () => ({ url: "https://file.example/1", credentials: "none" as const }),
    records: () => ndjson<{ readonly id: string }>(),
  }),
  types: undefined as unknown as { readonly records: { readonly id: string }; readonly input: object },
};

describe("what reads ahead, in a worker that is killed", () => {
  const users = 200;
  const killed = new Error("killed");

  async function opened() {
    const { client } = harness({ emulator: { users } });
    const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
    const whole = (await collect(await client.download(job))).map(({ sub }) => sub);
    return { client, job, whole };
  }

  const slowly = () => new Promise((resolve) => setImmediate(resolve));

  it("loses records with checkpoint(), behind a pipeline as behind a pool", async () => {
    const { client, job, whole } = await opened();
    const written: (string | undefined)[] = [];
    let place: Checkpoint | undefined;
    const piped = await client.download(job);
    const write = new Writable({
      objectMode: true,
      write({ sub }: { sub: string }, _, done) {
        setImmediate(() => {
          written.push(sub);
          place = stored(piped.checkpoint());
          done(written.length === 50 ? killed : null);
        });
      },
    });
    const through = new Transform({ objectMode: true, transform: (user, _, done) => done(null, user) });
    const pipe = promisify(pipeline);
    expect(await rejection(pipe(Readable.from(piped), through, write))).toBe(killed);
    const rest = await client.download(job, { checkpoint: place });
    for await (const { sub } of rest) written.push(sub);
    expect(whole.filter((sub) => !written.includes(sub)).length).toBeGreaterThan(0);

    const upserted: (string | undefined)[] = [];
    const pooled = await client.download(job);
    const work = Readable.from(pooled).map(
      async (user: { sub: string }) => {
        await slowly();
        if (upserted.length === 50) throw killed;
        upserted.push(user.sub);
        place = stored(pooled.checkpoint());
      },
      { concurrency: 8 },
    );
    expect(await rejection(work.toArray())).toBe(killed);
    for await (const { sub } of await client.download(job, { checkpoint: place })) upserted.push(sub);
    expect(whole.filter((sub) => !upserted.includes(sub)).length).toBeGreaterThan(0);
  });

  it("loses none with batches, which are stored in order with their places", async () => {
    const { client, job, whole } = await opened();
    const written: (string | undefined)[] = [];
    let place: Checkpoint | undefined;
    const read = async (die: boolean) => {
      const download = await client.download(job, { checkpoint: place });
      const write = new Writable({
        objectMode: true,
        write({ records, checkpoint }: Batch<{ sub: string }>, _, done) {
          // One transaction: both or nothing.
          if (die && written.length >= 60) return done(killed);
          written.push(...records.map(({ sub }) => sub));
          place = stored(checkpoint);
          done();
        },
      });
      const through = new Transform({ objectMode: true, transform: (batch, _, done) => done(null, batch) });
      await promisify(pipeline)(Readable.from(download.batches({ size: 7 })), through, write);
    };
    expect(await rejection(read(true))).toBe(killed);
    expect(written.length).toBeLessThan(users);
    await read(false);
    expect(written).toEqual(whole);
  });

  it("loses none with batches in a pool, whose places are stored in order", async () => {
    const { client, job, whole } = await opened();
    const written: (string | undefined)[] = [];
    let place: Checkpoint | undefined;
    const read = async (die: boolean) => {
      const download = await client.download(job, { checkpoint: place });
      // The work on the batches runs at the same time, and comes out in their order.
      const work = Readable.from(download.batches({ size: 7 })).map(
        async (batch: Batch<{ sub: string }>) => {
          for (let turn = batch.records.length % 3; turn >= 0; turn--) await slowly();
          return batch;
        },
        { concurrency: 8 },
      );
      for await (const { records, checkpoint } of work as AsyncIterable<Batch<{ sub: string }>>) {
        if (die && written.length >= 60) throw killed;
        written.push(...records.map(({ sub }) => sub));
        place = stored(checkpoint);
      }
    };
    expect(await rejection(read(true))).toBe(killed);
    await read(false);
    expect(written).toEqual(whole);
  });
});
