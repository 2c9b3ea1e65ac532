import { createBudget, type ExportClient, ExportError, type Providers } from "exportkit";
import { advanceExport, beginExport, type ExportState } from "exportkit/durable";
import { describe, expect, it } from "vitest";
import { setups, vendorOf } from "../budget/vendors.js";
import { collect } from "../support/collect.js";
import { stored } from "../support/stored.js";
import { memorySink, requestOf, Store } from "./memory-sink.js";

/** A process that is gone at its n-th moment: nothing of it moves any more, and nobody learns of it. */
class Process {
  moments = 0;
  readonly #last: number;
  #die: () => void = () => {};
  readonly death = new Promise<"killed">((resolve) => {
    this.#die = () => resolve("killed");
  });

  constructor(last: number) {
    this.#last = last;
  }

  readonly moment = (): Promise<void> => {
    this.moments += 1;
    if (this.moments < this.#last) return Promise.resolve();
    this.#die();
    return new Promise(() => {});
  };

  /** A fetch that stands still when the process does: before it sends, behind the answer, and within its body. */
  fetchOf(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
    return async (input, init) => {
      await this.moment();
      const response = await fetch(input, init);
      await this.moment();
      if (!response.body) return response;
      const moment = this.moment;
      const body = response.body.pipeThrough(
        new TransformStream({
          async transform(chunk, controller) {
            await moment();
            controller.enqueue(chunk);
          },
        }),
      );
      const { status, headers } = response;
      return new Response(body, { status, headers });
    };
  }
}

const startsOf: { readonly [vendor: string]: string } = {
  "authgear-ndjson": "start",
  "authgear-csv": "start",
  avepoint: "start",
};

interface World {
  readonly vendor: ReturnType<typeof vendorOf>;
  readonly store: Store;
}

/** Steps until the end, in one process; the state as it was given last, as an engine would have it. */
async function run(
  { vendor, store }: World,
  state: ExportState,
  process: Process,
  engine: { state: ExportState },
): Promise<ExportState> {
  const client: ExportClient<Providers> = vendor.client({ fetch: process.fetchOf(vendor.emulator.fetch) });
  const { sink, claimStart } = memorySink(store, process.moment);
  let known = state;
  while (known.phase !== "done") {
    const budget = createBudget({ deadline: vendor.clock.now() + 60_000, requests: 9 });
    known = await advanceExport(client, stored(known), { sink, claimStart, budget, batch: 37 });
    await process.moment();
    engine.state = stored(known);
    vendor.clock.advance(Math.max(0, known.wakeAt - vendor.clock.now()));
  }
  return known;
}

// CSV comes the way NDJSON does.
describe.each(setups.filter(({ name }) => name !== "authgear-csv"))("a worker on $name", (setup) => {
  it("may be killed at every await, whether or not its engine remembers the last step", async () => {
    const reference = await (async () => {
      const vendor = vendorOf(setup);
      const client = vendor.client();
      return collect(await client.download(await client.waitForExport(await vendor.start(client))));
    })();
    let killed = true;
    let unknown = 0;
    let last = 0;
    while (killed) {
      last += 1;
      const world = { vendor: vendorOf(setup, 3_000), store: new Store() };
      const begun = beginExport("export", requestOf(setup.name));
      const engine = { state: begun };
      const first = new Process(last);
      const ended = await Promise.race([run(world, begun, first, engine), first.death]);
      killed = ended === "killed";
      const starts = () =>
        world.vendor.emulator.requests.filter(({ operation }) => operation === startsOf[setup.name]).length;
      if (killed) {
        const before = last % 2 === 0 ? begun : engine.state;
        const wasClaimed = world.store.isClaimed && world.store.states.length === 0;
        const startsBefore = starts();
        const outcome = await run(world, before, new Process(Number.POSITIVE_INFINITY), engine).catch(
          (error: unknown) => error,
        );
        if (wasClaimed) {
          expect(outcome).toBeInstanceOf(ExportError);
          expect(outcome).toMatchObject({ code: "START_OUTCOME_UNKNOWN", retryable: false });
          expect(starts()).toBe(startsBefore);
          unknown += 1;
          continue;
        }
        expect(outcome).toMatchObject({ phase: "done", records: reference.length });
      }
      expect(world.store.records).toEqual(reference);
      if (startsOf[setup.name]) expect(starts()).toBe(1);
    }
    // Behind the claim, before and behind the request, within its answer, before the write.
    expect(unknown).toBeGreaterThanOrEqual(4);
    expect(last).toBeGreaterThan(25);
  });
});
