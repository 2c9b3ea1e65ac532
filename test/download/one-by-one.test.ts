import { describe, expect, it } from "vitest";
import { entries, open, pagesOf } from "../pages/listing-provider.js";

// Two records on each page, so that some are at hand when they are asked for and others have to be waited for.
const listing = (count = 6) => open({ fetchPage: async (cursor) => pagesOf(entries(count), 2)(cursor) });
const idOf = (step: IteratorResult<{ readonly id: string }>) => (step.done ? "end" : step.value.id);

describe("records that are asked for one by one", () => {
  it("come in the order of the calls, whether or not the one before is waited for", async () => {
    for (const together of [2, 3, 8]) {
      const records = (await listing()).records();
      const came: string[] = [];
      while (came.at(-1) !== "end") {
        const steps = Array.from({ length: together }, () => records.next());
        came.push(...(await Promise.all(steps)).map(idOf));
      }
      const names = ["e0", "e1", "e2", "e3", "e4", "e5"];
      expect(came.slice(0, 6)).toEqual(names);
      expect(new Set(came.slice(6))).toEqual(new Set(["end"]));
    }
  });

  it("come in order where the next is asked for from within a callback of the one before", async () => {
    for (const way of ["onProgress", "onInvalid"] as const) {
      const within: Promise<string>[] = [];
      const ask = () => {
        if (within.length < 3) within.push(records.next().then(idOf));
      };
      const download = await open({
        fetchPage: async (cursor) => pagesOf(entries(7), 3)(cursor),
        records: {
          map(item) {
            const entry = item as { readonly id: string };
            if (way === "onInvalid" && (entry.id === "e1" || entry.id === "e5")) throw new Error("broken");
            return entry;
          },
        },
        ...(way === "onProgress" && { onProgress: ask }),
      });
      const records = download.records(way === "onInvalid" ? { onInvalid: ask } : {});
      const came: string[] = [];
      for (let id = idOf(await records.next()); id !== "end"; id = idOf(await records.next())) came.push(id);
      const all = [...came, ...(await Promise.all(within))].filter((id) => id !== "end").sort();
      const sound = ["e0", "e1", "e2", "e3", "e4", "e5", "e6"];
      expect(within.length).toBeGreaterThan(0);
      expect(all).toEqual(way === "onInvalid" ? sound.filter((id) => id !== "e1" && id !== "e5") : sound);
    }
  });

  it("do not come any more once the iteration is left, those at hand neither", async () => {
    const records = (await listing()).records();
    expect(idOf(await records.next())).toBe("e0");
    expect((await records.return?.())?.done).toBe(true);
    expect(idOf(await records.next())).toBe("end");
  });

  it("move the checkpoint when they are handed over, and not before", async () => {
    const download = await listing();
    const records = download.records();
    for (let count = 1; count <= 6; count++) {
      await records.next();
      expect(download.checkpoint().position.record).toBe(count);
    }
  });

  it("end with what a record was refused with, and then are at their end", async () => {
    const refusal = new Error("not this one");
    const refuse = () => {
      throw refusal;
    };
    for (const broken of ["e2", "e3"]) {
      const download = await open({
        fetchPage: async (cursor) => pagesOf(entries(6), 2)(cursor),
        records: {
          map(item) {
            const entry = item as { readonly id: string };
            if (entry.id === broken) throw new Error("broken");
            return entry;
          },
        },
      });
      const records = download.records({ onInvalid: refuse });
      const came = [await records.next(), await records.next()].map(idOf);
      if (broken === "e3") came.push(idOf(await records.next()));
      expect(came).toEqual(broken === "e2" ? ["e0", "e1"] : ["e0", "e1", "e2"]);
      const steps = await Promise.allSettled([records.next(), records.next()]);
      expect(steps[0]).toMatchObject({ status: "rejected", reason: refusal });
      expect(steps[1]).toEqual({ status: "fulfilled", value: { done: true, value: undefined } });
      expect(download.complete).toBe(false);
    }
  });
});
