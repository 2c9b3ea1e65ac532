import { type Checkpoint, createExportClient, type ExportDownload } from "exportkit";
import { avepoint, type SheetRow } from "exportkit/avepoint";
import {
  type AvepointEmulatorOptions,
  avepointFileBytes,
  avepointRows,
  createTestClock,
  type Fault,
  serveEmulator,
} from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { collect, collectBuffer } from "../../support/collect.js";
import fc from "../../support/fast-check.js";
import { rejection } from "../../support/outcome.js";
import { runs } from "../../support/runs.js";
import { accessRequest, clientId, clientSecret, tenant } from "./tenant.js";

// The vendor documents no validator of its files and no ranges, so every combination must be got along with.
const stores = (["strong", "weak", "none"] as const).flatMap((etag) =>
  (["honour", "ignore"] as const).map((ranges) => ({ etag, ranges })),
);
const shape = { rows: 400, workbooks: 2, chunkBytes: 8_192 } as const;

async function finished(emulator: AvepointEmulatorOptions) {
  const made = tenant({ emulator: { ...shape, ...emulator } });
  const job = await made.client.startExport("access", accessRequest);
  return { ...made, job: await made.client.waitForExport(job) };
}

const whole = await collectBuffer(avepointFileBytes(shape));
const rows = [...avepointRows(shape)];
// The states of the file after the first change are of one length.
const [secondState, thirdState] = await Promise.all(
  [1, 2].map((revision) => collectBuffer(avepointFileBytes({ ...shape, revision }))),
);

it("two states of the file have one length and other content", () => {
  expect(secondState?.length).toBe(thirdState?.length);
  expect(secondState?.equals(thirdState ?? Buffer.alloc(0))).toBe(false);
});

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe.each(stores)("a store with etag $etag that will $ranges ranges", ({ etag, ranges }) => {
  const proves = etag === "strong";

  it("records and encodings come whole, wherever connections break and readers stop", async () => {
    const { client, job, emulator } = await finished({ etag, ranges });
    const reference = {
      ndjson: await collectBuffer((await client.download(job)).encode("ndjson")),
      csv: await collectBuffer((await client.download(job)).encode("csv")),
    };
    const cases = fc.record({
      mode: fc.constantFrom("records" as const, "ndjson" as const, "csv" as const),
      // One less than the budget of a request and of an archive that restarts.
      breaks: fc.array(fc.record({ at: place, kind: fc.constantFrom("drop", "short"), after: fc.nat(4) }), {
        maxLength: 3,
      }),
      stops: fc.array(place, { maxLength: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ mode, breaks, stops }) => {
        emulator.faults.clear();
        for (const { at, kind, after } of breaks) {
          const cut = Math.floor(at * (ranges === "honour" ? 150_000 : whole.length));
          const fault: Fault =
            kind === "drop" ? { type: "drop", afterBytes: cut } : { type: "short", bytes: cut + 1 };
          emulator.faults.add({ on: "artifact", after, fault });
        }
        const total = mode === "records" ? rows.length : reference[mode].length;
        const got: (SheetRow | Uint8Array)[] = [];
        let checkpoint: Checkpoint | undefined;
        let length = 0;
        for (const stop of [...stops.toSorted((a, b) => a - b), 2]) {
          const download: ExportDownload<SheetRow> = await client.download(job, { checkpoint });
          const items: AsyncIterable<SheetRow | Uint8Array> =
            mode === "records" ? download : (download.encode(mode) as never);
          for await (const item of items) {
            got.push(item);
            length += item instanceof Uint8Array ? item.length : 1;
            if (length >= stop * total) break;
          }
          checkpoint = JSON.parse(JSON.stringify(download.checkpoint())) as Checkpoint;
        }
        if (mode === "records") expect(got).toEqual(rows);
        else expect(Buffer.concat(got as Uint8Array[]).equals(reference[mode])).toBe(true);
      }),
      { numRuns: runs(5) },
    );
  });

  it("bytes come whole, or break where nothing proves the rest", async () => {
    const { client, job, emulator } = await finished({ etag, ranges });
    await fc.assert(
      fc.asyncProperty(place, async (at) => {
        const cut = Math.floor(at * whole.length);
        emulator.faults.clear();
        emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: cut } });
        const reading = client.download(job).then((download) => collectBuffer(download.bytes()));
        if (proves || cut === 0) expect((await reading).equals(whole)).toBe(true);
        else {
          expect(await rejection(reading)).toMatchObject({ code: "ARTIFACT_CHANGED", retryable: true });
        }
      }),
      { numRuns: runs(4) },
    );
  });

  it("records of a file exchanged for another of the same length are not continued", async () => {
    const { client, job, emulator } = await finished({ etag, ranges });
    emulator.changeFiles();
    const download = await client.download(job);
    let count = 0;
    for await (const _row of download) if (++count === 777) break;
    const checkpoint = download.checkpoint();
    expect(checkpoint.position.record).toBe(777);
    emulator.changeFiles();
    const going = client.download(job, { checkpoint }).then((next) => collect(next));
    expect(await rejection(going)).toMatchObject({ code: "ARTIFACT_CHANGED", connection: "access" });
  });

  it("records of a checkpoint without a proof are continued only by a validator", async () => {
    const { client, job } = await finished({ etag, ranges });
    const download = await client.download(job);
    for await (const _row of download) break;
    const { position, ...checkpoint } = download.checkpoint();
    const { proof: _proof, ...older } = position;
    const going = client
      .download(job, { checkpoint: { ...checkpoint, position: older } })
      .then((next) => collect(next));
    if (proves) expect(await going).toEqual(rows.slice(1));
    else {
      expect(await rejection(going)).toMatchObject({ code: "ARTIFACT_CHANGED" });
      expect((await rejection<Error>(going)).message).toContain("no strong validator");
    }
  });

  it("a file exchanged under way never passes for one", async () => {
    const states = await Promise.all(
      [0, 1, 2].map(async (revision) => JSON.stringify([...avepointRows({ ...shape, revision })])),
    );
    for (let after = 1; after < 9; after++) {
      const { client, job, emulator } = await finished({ etag, ranges });
      emulator.changeFiles();
      emulator.faults.add({ on: "artifact", after, fault: { type: "change" } });
      const outcome = await collect(await client.download(job)).catch((error: unknown) => error);
      if (emulator.faults.remaining > 0) expect(JSON.stringify(outcome)).toBe(states[1]);
      // Where no range had been answered, the other file is simply the one that is read, from its beginning.
      else if (Array.isArray(outcome)) expect(states).toContain(JSON.stringify(outcome));
      else expect(outcome).toMatchObject({ code: "ARTIFACT_CHANGED" });
      if (ranges === "honour" && after > 2 && emulator.faults.remaining === 0) {
        expect(outcome, `request ${after}`).toMatchObject({ code: "ARTIFACT_CHANGED" });
      }
    }
  });
});

it("an archive that stalls while it is held begins again after the stall timeout", async () => {
  const clock = createTestClock();
  const { client, emulator } = tenant({
    emulator: { ...shape, etag: "none", ranges: "ignore", clock },
    client: { clock },
  });
  const job = await client.waitForExport(await client.startExport("access", accessRequest));
  // The first answer only tells that there are no ranges; the next two are the archive.
  emulator.faults.add({ on: "artifact", after: 2, fault: { type: "stall", afterBytes: 100_000 } });
  const began = clock.now();
  expect(await collect(await client.download(job))).toEqual(rows);
  expect(emulator.faults.fired).toHaveLength(1);
  expect(clock.now() - began).toBeGreaterThanOrEqual(30_000);
  expect(clock.waiting).toBe(0);
});

it("an archive that breaks off each time ends with what broke it", async () => {
  const { client, job, emulator, count } = await finished({ etag: "none", ranges: "ignore" });
  emulator.faults.add({ on: "artifact", after: 2, times: 9, fault: { type: "drop", afterBytes: 100_000 } });
  const before = count("artifact");
  const error = await rejection(client.download(job).then((download) => collect(download)));
  expect(error).toMatchObject({ code: "NETWORK", retryable: true });
  expect(count("artifact") - before).toBe(2 + 4);
});

it("over real sockets an archive without ranges and validator breaks off twice and comes whole", async () => {
  const { emulator } = tenant({
    emulator: { ...shape, etag: "none", ranges: "ignore", clock: { now: () => Date.now() } },
  });
  await using served = await serveEmulator(emulator);
  emulator.faults.add({ on: "artifact", after: 2, times: 2, fault: { type: "drop", afterBytes: 200_000 } });
  const client = createExportClient({
    providers: {
      access: avepoint({ baseUrl: served.endpoint, tokenUrl: emulator.tokenUrl, clientId, clientSecret }),
    },
    retry: { minDelayMs: 1, maxDelayMs: 1 },
  });
  const job = await client.pollExport(await client.startExport("access", accessRequest));
  const first: SheetRow[] = [];
  const download = await client.download(job);
  for await (const row of download) if (first.push(row) === 600) break;
  expect(emulator.faults.remaining).toBe(0);
  const rest = await collect(await client.download(job, { checkpoint: download.checkpoint() }));
  expect([...first, ...rest]).toEqual(rows);
});
