import { createExportClient } from "exportkit";
import { zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";

const all = Array.from({ length: 10 }, (_, index) => ({ user: { user_id: `u${index}`, identifiers: {} } }));
const ids = all.map(({ user }) => user.user_id);
const SIZE = 4;

interface Answer {
  /** What the last page has as its next. */
  readonly nothing?: unknown;
  /** What every page but the last has as its next. */
  readonly next?: (page: number) => unknown;
  /** The links beside them. */
  readonly links?: object;
  readonly total?: number | undefined;
  /** How many users the server gives at most. */
  readonly held?: number;
  readonly isBare?: boolean;
}

async function read({ nothing, next, links, total, held = SIZE, isBare }: Answer, prefetchPages = 1) {
  const asked: number[] = [];
  const warnings: string[] = [];
  const client = createExportClient({
    providers: { readers: zephr({ tenantId: "news", accessKey: "AK", secretKey: "s3cr3t" }) },
    prefetchPages,
    retry: { retries: 0 },
    onEvent: (event) => void (event.type === "warning" && warnings.push(event.message)),
    fetch: async (input, init) => {
      const page = Number(new URL(new Request(input, init).url).searchParams.get("page"));
      asked.push(page);
      const results = all.slice((page - 1) * held, page * held);
      if (isBare) return Response.json(results);
      const following = page * held < all.length ? next?.(page) : nothing;
      return Response.json({
        results,
        ...(total !== undefined && { meta: { count: total } }),
        ...((links || next) && { links: { ...links, ...(following !== undefined && { next: following }) } }),
      });
    },
  });
  const job = await client.startExport("readers", { pageSize: SIZE });
  asked.length = 0;
  const got: string[] = [];
  for await (const { user } of await client.download(job)) got.push(user.user_id);
  return { got, asked, warnings };
}

const url = (page: number) => `https://news.api.zephr.com/v3/user-export?rpp=4&page=${page}`;
const totals = [undefined, 10, 5000, 3];

describe.each(totals)("where the total is %s, a listing comes whole", (total) => {
  it.each([
    ["absent", undefined],
    ["null", null],
    ["an empty object", {}],
    ["an object of nulls", { url: null, page: null }],
    ["an object of empty texts", { url: "", page: "" }],
    ["empty text", ""],
    ["blank text", "  "],
    ["the word null", "null"],
    ["an object with the word null", { url: "null", page: "null" }],
    ["page 0", { url: null, page: 0 }],
    ["page 0 in a URL", { url: url(0) }],
    ["a page below 0", { page: -1 }],
    ["the number 0", 0],
    ["false", false],
  ])("with a last page whose next is written as %s", async (_, nothing) => {
    for (const prefetchPages of [1, 4]) {
      const next = (page: number) => ({ url: url(page + 1), page: page + 1 });
      const { got, asked } = await read(
        { nothing, next, links: { first: { page: 1 } }, total },
        prefetchPages,
      );
      expect(got).toEqual(ids);
      // A total not reached is asked for, and asked for again.
      expect(asked.length).toBeLessThanOrEqual(3 + 1 + prefetchPages);
    }
  });

  it.each([
    ["an object", (page: number) => ({ url: url(page + 1), page: page + 1 })],
    ["a URL", (page: number) => url(page + 1)],
    ["a path", (page: number) => ({ url: `/v3/user-export?page=${page + 1}&rpp=4` })],
    ["a number", (page: number) => page + 1],
    ["a number as text", (page: number) => `${page + 1}`],
    ["a page as text", (page: number) => ({ page: `${page + 1}` })],
    ["a URL without a page", () => ({ url: "https://news.api.zephr.com/v3/user-export" })],
  ])("that leads on by %s", async (_, next) => {
    for (const prefetchPages of [1, 4]) {
      expect((await read({ next, links: { first: { page: 1 } }, total }, prefetchPages)).got).toEqual(ids);
    }
  });
});

describe("two statements of one answer that disagree", () => {
  it("a total of more users, and no next page: the next page is asked for", async () => {
    const { got } = await read({ links: { first: { url: url(1), page: 1 } }, total: 10 });
    expect(got).toEqual(ids);
    expect((await read({ links: { first: { url: url(1), page: 1 } }, total: 5000 })).got).toEqual(ids);
  });

  it("a link that is always there, and a total that is reached: an empty page is the end", async () => {
    const next = (page: number) => ({ url: url(page + 1), page: page + 1 });
    const { got, asked } = await read({ next, nothing: { url: url(9), page: 9 }, total: 10 });
    expect(got).toEqual(ids);
    expect(asked).toEqual([1, 2, 3, 9]);
  });

  it("a last page that names itself as the next, with its total reached, is the end", async () => {
    const next = (page: number) => ({ url: url(page + 1), page: page + 1 });
    const links = { first: { page: 1 }, last: { url: url(3), page: 3 } };
    for (const prefetchPages of [1, 4]) {
      const { got } = await read(
        { next, links, nothing: { url: url(3), page: 3 }, total: 10 },
        prefetchPages,
      );
      expect(got).toEqual(ids);
    }
    for (const total of [undefined, 11])
      await expect(read({ next, links, nothing: { url: url(3), page: 3 }, total })).rejects.toThrow(/page 3/);
  });

  it("a total that is not reached is told, and one that is reached or smaller is not", async () => {
    const short = /zephr announced 5000 records .* 10 came/;
    const listing = { links: { first: { url: url(1), page: 1 } } };
    for (const prefetchPages of [1, 4]) {
      expect((await read({ ...listing, total: 5000 }, prefetchPages)).warnings).toEqual([
        expect.stringMatching(short),
      ]);
      for (const total of [undefined, 10, 3])
        expect((await read({ ...listing, total }, prefetchPages)).warnings).toEqual([]);
    }
  });
});

describe("a listing of some users and none to read", () => {
  const open = (pages: readonly object[], pageSize = 2) => {
    const warnings: string[] = [];
    const client = createExportClient({
      providers: { readers: zephr({ tenantId: "news", accessKey: "AK", secretKey: "s3cr3t" }) },
      retry: { retries: 0 },
      onEvent: (event) => void (event.type === "warning" && warnings.push(event.message)),
      fetch: async (input, init) => {
        const page = Number(new URL(new Request(input, init).url).searchParams.get("page"));
        return Response.json(pages[page - 1] ?? { results: [] });
      },
    });
    const read = async () => {
      const got: unknown[] = [];
      for await (const record of await client.runExport("readers", { pageSize })) got.push(record);
      return got.length;
    };
    return { read, warnings };
  };

  it.each([
    ["without links", { results: [], meta: { count: 5 } }],
    ["with links", { results: [], meta: { count: 5 }, links: {} }],
    ["in lists of lists", { results: [[], []], meta: { count: 5 } }],
    ["by text", { results: [], meta: { count: "5" } }],
  ])("is not taken for an empty one: %s", async (_, page) => {
    await expect(open([page]).read()).rejects.toMatchObject({
      code: "RESPONSE_INVALID",
      message: expect.stringMatching(/announced 5 records .* sent none.* ask zephr what/),
    });
  });

  it("nor where an error stands beside it", async () => {
    await expect(open([{ results: [], error: "overloaded" }]).read()).rejects.toMatchObject({
      code: "RESPONSE_INVALID",
    });
    expect(await open([{ results: [], error: "" }]).read()).toBe(0);
  });

  it("is empty where the total says so, or says nothing", async () => {
    for (const meta of [{ count: 0 }, {}, undefined]) {
      expect(await open([{ results: [], meta }]).read()).toBe(0);
    }
  });

  it("the total is told where only the page behind the last one names none", async () => {
    const { read, warnings } = open([
      { results: all.slice(0, 2), meta: { count: 5 } },
      { results: [], links: {} },
    ]);
    expect(await read()).toBe(2);
    expect(warnings).toEqual([expect.stringMatching(/announced 5 records .* 2 came/)]);
  });
});

describe("a bare array", () => {
  it.each([1, 2, 3, 4])("of a server that gives %i users at most is read to its empty page", async (held) => {
    for (const prefetchPages of [1, 4]) {
      expect((await read({ isBare: true, held }, prefetchPages)).got).toEqual(ids);
    }
  });

  it("that is all there is costs one request more", async () => {
    expect((await read({ isBare: true, held: 100 })).asked).toEqual([1, 2]);
    // Pages ahead may be under way before the empty one has come.
    expect((await read({ isBare: true, held: 100 }, 4)).asked.length).toBeLessThanOrEqual(1 + 4);
  });
});
