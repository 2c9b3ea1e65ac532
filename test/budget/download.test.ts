import {
  type Checkpoint,
  createBudget,
  type ExportDownload,
  type ExportError,
  type ExportEvent,
} from "exportkit";
import { describe, expect, it } from "vitest";
import { collect } from "../support/collect.js";
import fc from "../support/fast-check.js";
import { rejection, thrown } from "../support/outcome.js";
import { runs } from "../support/runs.js";
import { stored } from "../support/stored.js";
import { passing } from "../support/turns.js";
import { finished, setups, vendorOf } from "./vendors.js";

type ByteMode = "bytes" | "ndjson" | "csv";

const streamOf = (download: ExportDownload<unknown>, mode: ByteMode) =>
  mode === "bytes" ? download.bytes() : download.encode(mode);

const bytesOf = async (download: ExportDownload<unknown>, mode: ByteMode) =>
  Buffer.concat(await collect(streamOf(download, mode)));

describe.each(setups)("a download of $name under a budget", (setup) => {
  it("is complete where the budget suffices, and leaves no timer", async () => {
    const vendor = vendorOf(setup);
    const { client, job, reference } = await finished(vendor);
    const budget = createBudget({ deadline: vendor.clock.now() + 60_000, requests: 100 });
    const sent = vendor.emulator.requests.length;
    const download = await client.download(job, { budget });
    expect(download.complete).toBe(false);
    expect(await collect(download)).toEqual(reference);
    expect(download.complete).toBe(true);
    expect(budget.requestsLeft).toBe(100 - (vendor.emulator.requests.length - sent));
    expect(vendor.clock.waiting).toBe(0);
  });

  it("without a budget is complete at its end, and not after a break", async () => {
    const { client, job } = await finished(vendorOf(setup));
    const whole = await client.download(job);
    await collect(whole);
    expect(whole.complete).toBe(true);
    const broken = await client.download(job);
    for await (const _ of broken) break;
    expect(broken.complete).toBe(false);
  });

  it("passes a place on from invocation to invocation, whatever the budgets and faults", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ requests: fc.integer({ min: 0, max: 9 }), ms: fc.integer({ min: 1, max: 4_000 }) }),
          {
            maxLength: 12,
          },
        ),
        fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 3 }),
        fc.constantFrom<"records" | ByteMode>("records", "bytes", "ndjson", "csv"),
        async (budgets, drops, mode) => {
          const vendor = vendorOf(setup);
          const { client, job, reference } = await finished(vendor);
          const file = mode === "records" ? undefined : await bytesOf(await client.download(job), mode);
          for (const afterBytes of drops) {
            vendor.emulator.faults.add({ on: "artifact", after: 1, fault: { type: "drop", afterBytes } });
            vendor.emulator.faults.add({ on: "page", after: 1, fault: { type: "drop", afterBytes } });
          }
          const records: unknown[] = [];
          const chunks: Uint8Array[] = [];
          let checkpoint: Checkpoint | null = null;
          // The last of them is enough.
          for (const { requests, ms } of [...budgets, { requests: 1_000, ms: 1e9 }]) {
            const budget = createBudget({ requests, deadline: vendor.clock.now() + ms });
            const sent = vendor.emulator.requests.length;
            const download: ExportDownload<unknown> = await vendor
              .client()
              .download(job, { checkpoint, budget });
            if (mode === "records") {
              for await (const record of download) {
                records.push(record);
                vendor.clock.advance(50);
              }
            } else {
              for await (const chunk of streamOf(download, mode)) {
                chunks.push(chunk);
                vendor.clock.advance(500);
              }
            }
            expect(vendor.emulator.requests.length - sent).toBeLessThanOrEqual(requests);
            checkpoint = stored(download.checkpoint());
            if (download.complete) break;
          }
          if (file) expect(Buffer.concat(chunks).equals(file)).toBe(true);
          else expect(records).toEqual(reference);
          expect(vendor.clock.waiting).toBe(0);
        },
      ),
      { numRuns: runs(5) },
    );
  });

  it("that cannot even be opened hands back the checkpoint it was given", async () => {
    const vendor = vendorOf(setup);
    const { client, job, reference } = await finished(vendor);
    const first = await client.download(job);
    const records: unknown[] = [];
    for await (const record of first) if (records.push(record) === 40) break;
    const checkpoint = stored(first.checkpoint());
    const sent = vendor.emulator.requests.length;
    for (const given of [checkpoint, undefined]) {
      const download = await client.download(job, { checkpoint: given, budget: { requests: 0 } });
      expect(download).toMatchObject({ format: first.format, contentType: first.contentType });
      expect(await collect(download)).toEqual([]);
      expect(download.complete).toBe(false);
      if (given) expect(stored(download.checkpoint())).toEqual(given);
      const rest = await client.download(job, { checkpoint: stored(download.checkpoint()) });
      expect(await collect(rest)).toEqual(given ? reference.slice(40) : reference);
    }
    const encoded = await client.download(job, { budget: { requests: 0 } });
    expect(await bytesOf(encoded, "csv")).toHaveLength(0);
    expect(encoded.complete).toBe(false);
    expect(vendor.emulator.requests.length).toBeGreaterThan(sent);
  });

  it("ends at the deadline while it waits for bytes that do not come", async () => {
    const vendor = vendorOf(setup);
    const { client, job, reference } = await finished(vendor);
    // Where opening reads from the first answer already, the second one is what stalls.
    const after = setup.name.startsWith("authgear") ? 0 : 1;
    for (const on of ["artifact", "page"] as const) {
      vendor.emulator.faults.add({ on, after, times: 100, fault: { type: "stall", afterBytes: 3_000 } });
    }
    const budget = createBudget({ deadline: vendor.clock.now() + 5_000 });
    const events: string[] = [];
    const onEvent = ({ type }: ExportEvent) => void events.push(type);
    const download = await vendor.client({ onEvent }).download(job, { budget });
    const records = await passing(vendor.clock, 5_000, collect(download));
    expect(download.complete).toBe(false);
    // That the time is over is no mishap to be told of.
    expect(events.filter((type) => type === "resume" || type === "retry")).toEqual([]);
    vendor.emulator.faults.clear();
    const rest = await client.download(job, { checkpoint: stored(download.checkpoint()) });
    expect([...records, ...(await collect(rest))]).toEqual(reference);
    expect(vendor.clock.waiting).toBe(0);
  });

  it("hands over no record after the deadline, though records were read ahead", async () => {
    const vendor = vendorOf(setup);
    const { job } = await finished(vendor);
    const budget = createBudget({ deadline: vendor.clock.now() + 100 });
    // Time passes and no timer fires, as while a consumer computes.
    const clock = { ...vendor.clock, now: () => vendor.clock.now(), setTimer: () => () => {} };
    const download = await vendor.client({ clock }).download(job, { budget });
    let records = 0;
    for await (const _ of download) {
      records += 1;
      if (records === 3) vendor.clock.advance(99);
      if (records === 4) vendor.clock.advance(1);
    }
    expect(records).toBe(4);
    expect(download.complete).toBe(false);
  });

  it("cannot be a response, which would look whole", async () => {
    const { client, job, reference } = await finished(vendorOf(setup));
    const download = await client.download(job, { budget: { requests: 50 } });
    expect(thrown(() => download.toResponse({ format: "ndjson" }))).toMatchObject({
      code: "NOT_SUPPORTED",
      message: expect.stringContaining("complete"),
    });
    expect(await collect(download)).toEqual(reference);
  });

  it("tells what ended it, and when the vendor wants to be asked again", async () => {
    const vendor = vendorOf(setup);
    const { client, job, reference } = await finished(vendor);
    const whole = await client.download(job, { budget: { requests: 50 } });
    await collect(whole);
    expect(whole.endedBy).toBeUndefined();
    for (const on of ["artifact", "page"] as const) {
      vendor.emulator.faults.add({
        on,
        fault: { type: "status", status: 503, headers: { "retry-after": "60" } },
      });
    }
    const now = vendor.clock.now();
    const refused = await client.download(job, { budget: { deadline: now + 25_000 } });
    expect(await collect(refused)).toEqual([]);
    expect(refused).toMatchObject({
      complete: false,
      endedBy: {
        code: "TIMEOUT",
        details: { budget: "deadline" },
        retryAt: new Date(now + 60_000),
        cause: { code: "PROVIDER_UNAVAILABLE" },
      },
    });
    const late = await client.download(job, { budget: { deadline: now + 1 } });
    vendor.clock.advance(1);
    expect(await collect(late)).toEqual([]);
    expect(late.endedBy).toMatchObject({ code: "TIMEOUT" });
    expect(late.endedBy?.retryAt).toBeUndefined();
    expect(await collect(await client.download(job))).toEqual(reference);
  });

  it("is not ended by the budget of another call that a callback makes", async () => {
    const vendor = vendorOf(setup);
    const { client, job } = await finished(vendor);
    const spent = await rejection<ExportError>(
      client.startExport("export", job.request as never, { budget: { requests: 0 } }),
    );
    expect(spent.code).toBe("TIMEOUT");
    const onProgress = () => {
      throw spent;
    };
    const download = await client.download(job, { onProgress });
    expect(await rejection(collect(download))).toBe(spent);
    const waiting = client.waitForExport({ ...job, status: "running" }, { onProgress });
    expect(await rejection(waiting)).toBe(spent);
  });

  it("still fails with what is a failure", async () => {
    const vendor = vendorOf(setup);
    const { client, job } = await finished(vendor);
    for (const on of ["artifact", "page"] as const) {
      vendor.emulator.faults.add({ on, times: 9, fault: { type: "status", status: 403, body: "no" } });
    }
    const error = await rejection(
      client.download(job, { budget: { requests: 50 } }).then((download) => collect(download)),
    );
    expect(error).toMatchObject({ code: expect.stringMatching(/FORBIDDEN|ARTIFACT_MISSING|UNAUTHORIZED/) });
  });

  it("is aborted by the caller's signal with its own reason all the same", async () => {
    const { client, job } = await finished(vendorOf(setup));
    const controller = new AbortController();
    const download = await client.download(job, { budget: { requests: 50 }, signal: controller.signal });
    const reading = (async () => {
      for await (const _ of download) controller.abort("enough");
    })();
    await expect(reading).rejects.toBe("enough");
    expect(download.complete).toBe(false);
  });
});
