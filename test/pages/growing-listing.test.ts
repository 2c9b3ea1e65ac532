import type { Checkpoint } from "exportkit";
import type { Page, PageCursor } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import fc from "../support/fast-check.js";
import { runs } from "../support/runs.js";
import { type Entry, entries, open, pageOf } from "./listing-provider.js";

type Where = "front" | "end" | "anywhere";

interface Model {
  readonly size: number;
  readonly initial: number;
  readonly prefetchPages: number;
  readonly told: boolean;
  readonly where: Where;
  /** How many are added after each page that is read, by turn. */
  readonly added: readonly number[];
  /** How long a page takes before it is read and before its answer is here, by turn. */
  readonly waits: readonly number[];
}

/** A listing in memory that changes whenever a page is read, and whose pages are read in any order. */
class Changing {
  readonly list: Entry[];
  readonly #model: Model;
  #next: number;
  #turn = 0;
  reads = 0;

  constructor(model: Model) {
    this.#model = model;
    this.list = entries(model.initial);
    this.#next = model.initial;
  }

  add(count: number): void {
    for (const entry of entries(count, this.#next)) {
      const { where } = this.#model;
      const seed = Number(entry.id.slice(1)) * 2654435761;
      const place =
        where === "front" ? 0 : where === "end" ? this.list.length : seed % (this.list.length + 1);
      this.list.splice(place, 0, entry);
    }
    this.#next += count;
  }

  readonly fetchPage = async (cursor: PageCursor | undefined): Promise<Page> => {
    const { size, told, added } = this.#model;
    await this.#wait();
    const page = pageOf(cursor);
    const end = page * size;
    const answer = {
      items: this.list.slice(end - size, end),
      ...(end < this.list.length && { next: { page: page + 1 } }),
      ...(told && { total: this.list.length }),
    };
    // Nothing is added for ever: a listing that grows by more than a page per page has no end.
    if (this.reads++ < 20) this.add(added[this.reads % added.length] ?? 0);
    await this.#wait();
    return answer;
  };

  async #wait(): Promise<void> {
    const { waits } = this.#model;
    for (let left = waits[this.#turn++ % waits.length] ?? 0; left > 0; left--) await null;
  }
}

function mistakes(ids: readonly string[], initial: number): { lost: number; twice: number } {
  const seen = new Set(ids);
  return {
    lost: entries(initial).filter(({ id }) => !seen.has(id)).length,
    twice: ids.length - seen.size,
  };
}

const none = { lost: 0, twice: 0 };
const model = {
  initial: fc.nat(40),
  size: fc.integer({ min: 1, max: 7 }),
  prefetchPages: fc.integer({ min: 1, max: 6 }),
  told: fc.constant(true),
  where: fc.constantFrom<Where>("front", "end", "anywhere"),
  added: fc.array(fc.nat(9), { minLength: 1, maxLength: 6 }),
  waits: fc.array(fc.nat(40), { minLength: 1, maxLength: 9 }),
};

async function readWhole(options: Model): Promise<string[]> {
  const changing = new Changing(options);
  const download = await open({ prefetchPages: options.prefetchPages, fetchPage: changing.fetchPage });
  const ids: string[] = [];
  for await (const { id } of download) ids.push(id);
  return ids;
}

/** Reads in parts, each in a client of its own; `meanwhile` many are added between two parts. */
async function readInParts(
  options: Model,
  parts: readonly number[],
  meanwhile: readonly number[],
): Promise<string[]> {
  const changing = new Changing(options);
  const ids: string[] = [];
  let checkpoint: Checkpoint | undefined;
  for (let part = 0; ; part++) {
    const download = await open({
      prefetchPages: options.prefetchPages,
      fetchPage: changing.fetchPage,
      checkpoint,
    });
    let left = parts[part % parts.length] ?? 1;
    let isOver = true;
    for await (const { id } of download) {
      ids.push(id);
      left -= 1;
      if (left > 0) continue;
      checkpoint = JSON.parse(JSON.stringify(download.checkpoint()));
      isOver = false;
      break;
    }
    if (isOver) return ids;
    if (part < 12) changing.add(meanwhile[part % meanwhile.length] ?? 0);
  }
}

describe("a listing that grows while it is read", () => {
  it("comes whole and once wherever records are added and in whatever order pages are read, with a total", async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(model), async (options) => {
        expect(mistakes(await readWhole(options), options.initial)).toEqual(none);
      }),
      { numRuns: runs(100) },
    );
  });

  it("comes whole and once without a total, page by page, where less than a page is added between two", async () => {
    const quiet = fc.record({
      ...model,
      prefetchPages: fc.constant(1),
      told: fc.constant(false),
      size: fc.integer({ min: 3, max: 7 }),
      added: fc.array(fc.nat(2), { minLength: 1, maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(quiet, async (options) => {
        expect(mistakes(await readWhole(options), options.initial)).toEqual(none);
      }),
      { numRuns: runs(60) },
    );
  });

  it("comes whole and once without a total, fetched ahead, where records are added at one end", async () => {
    const atOneEnd = fc.record({
      ...model,
      told: fc.constant(false),
      size: fc.integer({ min: 8, max: 12 }),
      prefetchPages: fc.integer({ min: 2, max: 4 }),
      where: fc.constantFrom<Where>("front", "end"),
      added: fc.array(fc.nat(1), { minLength: 1, maxLength: 6 }),
      initial: fc.nat(90),
    });
    await fc.assert(
      fc.asyncProperty(atOneEnd, async (options) => {
        expect(mistakes(await readWhole(options), options.initial)).toEqual(none);
      }),
      { numRuns: runs(60) },
    );
  });
});

describe("a listing read in parts", () => {
  const parts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
  const meanwhile = fc.array(fc.nat(12), { minLength: 1, maxLength: 5 });

  it("comes whole and once although records are added during the parts and between them", async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(model), parts, meanwhile, async (options, sizes, added) => {
        expect(mistakes(await readInParts(options, sizes, added), options.initial)).toEqual(none);
      }),
      { numRuns: runs(12) },
    );
  });

  it("finds its place without a total as well", async () => {
    const quiet = fc.record({
      ...model,
      prefetchPages: fc.constant(1),
      told: fc.constant(false),
      size: fc.integer({ min: 3, max: 7 }),
      added: fc.array(fc.nat(2), { minLength: 1, maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(quiet, parts, meanwhile, async (options, sizes, added) => {
        expect(mistakes(await readInParts(options, sizes, added), options.initial)).toEqual(none);
      }),
      { numRuns: runs(12) },
    );
  });
});
