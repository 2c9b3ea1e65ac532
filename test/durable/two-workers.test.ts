import { advanceExport, beginExport, type Engine, type ExportState, runDurably } from "exportkit/durable";
import { describe, expect, it } from "vitest";
import { setups, vendorOf } from "../budget/vendors.js";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { stored } from "../support/stored.js";
import { memorySink, requestOf, Store } from "./memory-sink.js";

/** A run by the vendor's name, and what all of its records are. */
async function arranged(setup: (typeof setups)[number]) {
  const vendor = vendorOf(setup, 3_000);
  const begun = beginExport("export", requestOf(setup.name));
  const whole = async (state: ExportState) => {
    const client = vendor.client();
    return collect(await client.download(state.job as never));
  };
  const starts = () => vendor.emulator.requests.filter(({ operation }) => operation === "start").length;
  return { vendor, begun, whole, starts };
}

// CSV comes the way NDJSON does.
describe.each(setups.filter(({ name }) => name !== "authgear-csv"))(
  "two workers with one state of $name",
  (setup) => {
    it("deliver every record once, whichever of them is overtaken", async () => {
      const { vendor, begun, whole, starts } = await arranged(setup);
      const store = new Store();
      let overtaken = 0;
      const worker = () => {
        const { sink, claimStart } = memorySink(store);
        const engine: Engine = {
          // Repeats a step until it comes to something, as engines do with an error that is none of exportkit's.
          async step(_, run) {
            for (;;) {
              try {
                return stored(await run());
              } catch (error) {
                expect((error as Error).message).toBe("overtaken");
                overtaken += 1;
              }
            }
          },
          async sleepUntil(_, at) {
            vendor.clock.advance(Math.max(0, at - vendor.clock.now()));
          },
        };
        return runDurably(engine, vendor.client(), stored(begun), {
          sink,
          claimStart,
          sliceMs: 60_000,
          batch: 37,
        });
      };
      const ends = await Promise.allSettled([worker(), worker()]);
      // One that comes between the other's claim and its job cannot know whether there is a job.
      const [done] = ends.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
      for (const end of ends)
        if (end.status === "rejected") expect(end.reason).toMatchObject({ code: "START_OUTCOME_UNKNOWN" });
      expect(done?.phase).toBe("done");
      expect(store.records).toEqual(await whole(done as ExportState));
      expect(starts()).toBeLessThanOrEqual(1);

      // With a job that both know, both come to the end.
      const [known] = store.states as [ExportState];
      const later = new Store();
      later.states.push(known);
      const both = [0, 1].map(() => {
        const { sink, claimStart } = memorySink(later);
        return (async () => {
          let state = known;
          while (state.phase !== "done")
            state = await advanceExport(vendor.client(), stored(state), {
              sink,
              claimStart,
              batch: 37,
            }).catch((error: Error) => {
              expect(error.message).toBe("overtaken");
              overtaken += 1;
              return known;
            });
          return state;
        })();
      });
      for (const state of await Promise.all(both)) expect(state).toEqual(later.states.at(-1));
      expect(later.records).toEqual(store.records);
      expect(overtaken).toBeGreaterThan(0);
    });

    it("go by the sink's copy where an engine hands out a result of long ago", async () => {
      const { vendor, begun, whole, starts } = await arranged(setup);
      const { sink, claimStart, store } = memorySink();
      const results: ExportState[] = [begun];
      for (let step = 0; results.at(-1)?.phase !== "done"; step++) {
        // Every state that there ever was, over and over.
        const late = results[(step * 7) % results.length] ?? begun;
        const budget = { deadline: vendor.clock.now() + 60_000, requests: 20 };
        results.push(
          stored(await advanceExport(vendor.client(), stored(late), { sink, claimStart, budget, batch: 90 })),
        );
        vendor.clock.advance(3_000);
        if (step > 400) throw new Error("it does not get anywhere");
      }
      expect(store.records).toEqual(await whole(results.at(-1) as ExportState));
      expect(starts()).toBeLessThanOrEqual(1);
    });
  },
);

it("a sink's copy of a newer version, or of no version, is refused before anything is sent", async () => {
  const [setup] = setups;
  const { vendor, begun } = await arranged(setup as (typeof setups)[number]);
  for (const version of [2, "1", undefined, null]) {
    const { sink, claimStart, store } = memorySink();
    store.states.push({ ...begun, version } as never);
    const error = await rejection(advanceExport(vendor.client(), begun, { sink, claimStart }));
    expect(error).toMatchObject({ code: "JOB_INVALID", retryable: false });
    expect(store.isClaimed).toBe(false);
  }
  expect(vendor.emulator.requests).toHaveLength(0);
});
