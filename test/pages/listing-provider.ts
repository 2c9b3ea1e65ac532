import {
  type ClientSettings,
  createExportClient,
  type ExportDownload,
  type OpenDownloadOptions,
} from "exportkit";
import {
  type Page,
  type PageCursor,
  type PagedDelivery,
  type PagedRecords,
  type Provider,
  type ProviderContext,
  pagedDelivery,
} from "exportkit/provider";

/** A record of the listings here. */
export interface Entry {
  readonly id: string;
  readonly [key: string]: unknown;
}

export type FetchPage = (cursor: PageCursor | undefined, context: ProviderContext) => Promise<Page>;

export interface ListingOptions extends ClientSettings {
  readonly fetchPage: FetchPage;
  /** Default: numbered pages, `{ page: 2 }` after the first. `"none"`: the next cursor is known from its page only. */
  readonly predict?: PagedDelivery["predictCursor"] | "none";
  readonly records?: Partial<PagedRecords<Entry>>;
  readonly checkpoint?: unknown;
  readonly signal?: AbortSignal;
  readonly onProgress?: OpenDownloadOptions["onProgress"];
  readonly budget?: OpenDownloadOptions["budget"];
}

export function provider(options: ListingOptions): Provider<object, Entry> {
  const { fetchPage, predict = (_: unknown, cursor?: PageCursor) => ({ page: pageOf(cursor) + 1 }) } =
    options;
  return {
    spec: 1,
    name: "listing",
    capabilities: { delivery: "pages", jobs: "immediate", progress: false, formats: ["ndjson"] },
    requestSchema: { "~standard": { version: 1, vendor: "test", validate: () => ({ value: {} }) } },
    origins: ["https://listing.example"],
    pace: { floorMs: 1, ceilingMs: 1 },
    start: async () => ({ id: "job", status: "succeeded" }),
    poll: async () => ({ status: "succeeded" }),
    delivery: pagedDelivery({
      fetchPage: (context, _job, cursor) => fetchPage(cursor, context),
      ...(predict !== "none" && { predictCursor: predict }),
      records: () => ({
        kind: "pages",
        map: entryOf,
        identify: (entry: unknown) => (entry as Entry).id,
        ...(options.records as PagedRecords<unknown> | undefined),
      }),
    }),
  };
}

/** Opens a download of a listing in a client of its own. */
export async function open(options: ListingOptions): Promise<ExportDownload<Entry>> {
  const { fetchPage: _, predict: __, records: ___, ...rest } = options;
  const { checkpoint, signal, onProgress, budget, ...settings } = rest;
  const client = createExportClient({ providers: { list: provider(options) }, ...settings });
  const job = await client.startExport("list", {});
  return client.download(job, { checkpoint: checkpoint as never, signal, onProgress, budget });
}

export async function idsOf(download: AsyncIterable<Entry>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of download) ids.push(id);
  return ids;
}

export function pageOf(cursor: PageCursor | undefined): number {
  return (cursor?.page as number | undefined) ?? 1;
}

/** Numbered pages out of a list that stands still. */
export function pagesOf(list: readonly Entry[], size: number): (cursor: PageCursor | undefined) => Page {
  return (cursor) => {
    const page = pageOf(cursor);
    const end = page * size;
    return { items: list.slice(end - size, end), ...(end < list.length && { next: { page: page + 1 } }) };
  };
}

export function entries(count: number, from = 0): Entry[] {
  return Array.from({ length: count }, (_, index) => ({ id: `e${from + index}` }));
}

export const names = (count: number): string[] => entries(count).map(({ id }) => id);

function entryOf(item: unknown): Entry {
  if (typeof item === "object" && item !== null) return item as Entry;
  throw new Error("the item is not an object");
}

/** Fetches pages over HTTP, one address each, so that answers, failures and aborts are those of real requests. */
export const overHttp: FetchPage = async (cursor, context) => {
  const url = `https://listing.example/pages/${pageOf(cursor)}`;
  const response = await context.request({ method: "GET", url });
  return response.json as Page;
};

/** What a server saw. */
export interface Server {
  readonly fetch: typeof globalThis.fetch;
  /** The pages asked for, in order. */
  readonly asked: number[];
  /** How many requests are being answered, and how many were at most. */
  readonly open: number;
  readonly mostOpen: number;
  /** How many requests were given up by the client. */
  readonly aborted: number;
}

/** Answers every page after a while with what `answer` makes of it. */
export function server(
  answer: (page: number, ask: number) => Page | Response,
  clock: { sleep(ms: number, signal?: AbortSignal): Promise<void> },
  latencyMs: number | ((page: number) => number) = 100,
): Server {
  const asked: number[] = [];
  let open = 0;
  let mostOpen = 0;
  let aborted = 0;
  return {
    asked,
    get open() {
      return open;
    },
    get mostOpen() {
      return mostOpen;
    },
    get aborted() {
      return aborted;
    },
    async fetch(input, init) {
      const request = new Request(input, init);
      const signal = init?.signal ?? (input instanceof Request ? input.signal : request.signal);
      const page = Number(new URL(request.url).pathname.split("/").at(-1));
      const ask = asked.push(page);
      open += 1;
      mostOpen = Math.max(mostOpen, open);
      try {
        await clock.sleep(typeof latencyMs === "number" ? latencyMs : latencyMs(page), signal);
        const made = answer(page, ask);
        return made instanceof Response ? made : Response.json(made);
      } catch (error) {
        aborted += 1;
        throw error;
      } finally {
        open -= 1;
      }
    },
  };
}
