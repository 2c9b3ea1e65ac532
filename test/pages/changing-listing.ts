import { type Checkpoint, createExportClient, ExportError } from "exportkit";
import type { Page, PageCursor } from "exportkit/provider";
import fc from "../support/fast-check.js";
import { type Entry, entries, pageOf, provider } from "./listing-provider.js";

/** What happens to the listing in one go: so many records, at a place from 0 (the first) to 1 (behind the last). */
export interface Change {
  readonly kind: "add" | "delete" | "update";
  readonly count: number;
  /** `"scattered"` adds each of them somewhere else. */
  readonly place: number | "scattered";
}

export interface Model {
  readonly initial: number;
  readonly size: number;
  readonly prefetchPages: number;
  readonly totals: boolean;
  readonly unique?: boolean;
  /** How the end shows: no next page, or an empty one. */
  readonly links: boolean;
  /** What happens between two answers, by turn: one thing, or several in one moment. */
  readonly changes: readonly (Change | readonly Change[])[];
  /** How long a page takes before it is read and before its answer is here, by turn. */
  readonly waits: readonly number[];
  /** After how many records reading stops, by turn; none: it does not. */
  readonly parts: readonly number[];
  /** What happens while nobody reads, by turn. */
  readonly meanwhile: readonly (readonly Change[])[];
}

export interface Outcome {
  readonly ids: readonly string[];
  readonly error: ExportError | undefined;
  /** Those that were there from the beginning to the end. */
  readonly stayed: readonly string[];
  readonly reads: number;
  /** Whether a warning said that records were added and deleted at the same time. */
  readonly isTold: boolean;
}

// Then it stands still: a listing that grows by more than a page per page has no end.
const MOST_CHANGES = 40;

/** A listing in memory that changes between any two answers, and whose pages are read in any order. */
class ChangingListing {
  #list: Entry[];
  readonly #model: Model;
  readonly #initial: ReadonlySet<string>;
  #next: number;
  #turn = 0;
  #version = 0;
  reads = 0;

  constructor(model: Model) {
    this.#model = model;
    this.#list = entries(model.initial);
    this.#initial = new Set(this.#list.map(({ id }) => id));
    this.#next = model.initial;
  }

  get stayed(): string[] {
    return this.#list.map(({ id }) => id).filter((id) => this.#initial.has(id));
  }

  apply({ kind, count, place }: Change): void {
    if (place === "scattered") {
      for (const entry of entries(count, this.#next)) {
        const seed = Number(entry.id.slice(1)) * 2654435761;
        this.#list.splice(seed % (this.#list.length + 1), 0, entry);
      }
      this.#next += count;
      return;
    }
    const at = Math.min(this.#list.length, Math.floor(place * (this.#list.length + 1)));
    if (kind === "add") {
      this.#list.splice(at, 0, ...entries(count, this.#next));
      this.#next += count;
    } else if (kind === "delete")
      this.#list.splice(Math.min(at, Math.max(0, this.#list.length - count)), count);
    else
      this.#list = this.#list.map((entry, index) =>
        index < at ? entry : { ...entry, version: ++this.#version },
      );
  }

  readonly fetchPage = async (cursor: PageCursor | undefined): Promise<Page> => {
    const { size, totals, links, changes } = this.#model;
    await this.#wait();
    const page = pageOf(cursor);
    const end = page * size;
    const items = this.#list.slice(end - size, end);
    const goesOn = links ? end < this.#list.length : items.length > 0;
    const answer = {
      items,
      ...(goesOn && { next: { page: page + 1 } }),
      ...(totals && { total: this.#list.length }),
    };
    const moment = changes[this.reads % Math.max(1, changes.length)] ?? [];
    if (this.reads++ < MOST_CHANGES)
      for (const each of [moment].flat() as readonly Change[]) this.apply(each);
    await this.#wait();
    return answer;
  };

  async #wait(): Promise<void> {
    const { waits } = this.#model;
    for (let left = waits[this.#turn++ % waits.length] ?? 0; left > 0; left--) await null;
  }
}

/** Reads a listing to its end, or to an error, in one go or in parts with a checkpoint between them. */
export async function readChanging(model: Model): Promise<Outcome> {
  const { prefetchPages, parts, meanwhile, unique } = model;
  const records = unique === undefined ? {} : { unique };
  const listing = new ChangingListing(model);
  let isTold = false;
  const client = createExportClient({
    providers: { list: provider({ fetchPage: listing.fetchPage, records }) },
    prefetchPages,
    retry: { retries: 0 },
    onEvent: (event) => {
      isTold ||= event.type === "warning" && event.message.includes("may have come more than once");
    },
  });
  const job = await client.startExport("list", {});
  const ids: string[] = [];
  let checkpoint: Checkpoint | undefined;
  let error: ExportError | undefined;
  try {
    for (let part = 0, isOver = false; !isOver; part++) {
      const download = await client.download(job, { checkpoint });
      let left = parts[part % Math.max(1, parts.length)] ?? Infinity;
      isOver = true;
      for await (const { id } of download) {
        ids.push(id);
        left -= 1;
        if (left > 0) continue;
        checkpoint = JSON.parse(JSON.stringify(download.checkpoint()));
        isOver = false;
        break;
      }
      if (part < 12 && !isOver)
        for (const change of meanwhile[part % Math.max(1, meanwhile.length)] ?? []) listing.apply(change);
    }
  } catch (thrown) {
    if (!ExportError.isInstance(thrown)) throw thrown;
    error = thrown;
  }
  return { ids, error, stayed: listing.stayed, reads: listing.reads, isTold };
}

/** What is wrong with an outcome: who never came, and who came more than once. */
export function wrongs({ ids, stayed }: Outcome): { lost: string[]; twice: string[] } {
  const seen = new Set(ids);
  return {
    lost: stayed.filter((id) => !seen.has(id)),
    twice: ids.filter((id, index) => ids.indexOf(id) !== index),
  };
}

export const place: fc.Arbitrary<number> = fc.oneof(
  fc.constant(0),
  fc.constant(1),
  fc.double({ min: 0, max: 1, noNaN: true }),
);

export function change(kinds: readonly Change["kind"][], most: number): fc.Arbitrary<Change> {
  return fc.record({ kind: fc.constantFrom(...kinds), count: fc.integer({ min: 0, max: most }), place });
}

export const shape = {
  initial: fc.nat(40),
  size: fc.integer({ min: 1, max: 7 }),
  prefetchPages: fc.integer({ min: 1, max: 8 }),
  totals: fc.constant(true),
  links: fc.boolean(),
  waits: fc.array(fc.nat(25), { minLength: 1, maxLength: 9 }),
  parts: fc.oneof(fc.constant([]), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })),
  meanwhile: fc.array(fc.array(change(["add", "delete", "update"], 9), { maxLength: 3 }), {
    minLength: 1,
    maxLength: 4,
  }),
} as const;

/** Additions at one end only. */
export function end(place: number): fc.Arbitrary<Change[]> {
  const addition = fc.record({
    kind: fc.constant("add" as const),
    count: fc.nat(6),
    place: fc.constant(place),
  });
  return fc.array(addition, { maxLength: 8 });
}
