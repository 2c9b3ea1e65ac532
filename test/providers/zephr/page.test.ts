import { createExportClient } from "exportkit";
import { type ZephrItem, zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";

/** The sample of the vendor's reference, shortened: an array in an array, and a user without an id of its own. */
const sample = {
  results: [
    [
      {
        "seq-no": 1,
        user: {
          identifiers: { email_address: "joe.blow@company.com" },
          attributes: { first_name: "Joe", surname: "Blow" },
        },
        grants: {
          results: [
            {
              grantId: "e196ad75-a6d0-471b-90b3-de3843dd7860",
              user_id: "e1812285-2f21-441e-8be4-b08835cd4b2c",
              expiry_state: "pending",
              startTime: "2022-06-01 00:00:00",
            },
          ],
        },
      },
    ],
  ],
  meta: { count: 100, rpp: 20, paginated: true },
};

/** Reads with a server that answers pages by number. */
async function read(answer: (page: number) => unknown, pageSize = 2): Promise<ZephrItem[]> {
  const client = createExportClient({
    providers: { readers: zephr({ tenantId: "news", accessKey: "AK", secretKey: "s3cr3t" }) },
    prefetchPages: 1,
    retry: { retries: 0 },
    fetch: async (input, init) =>
      Response.json(answer(Number(new URL(new Request(input, init).url).searchParams.get("page")))),
  });
  const items: ZephrItem[] = [];
  for await (const item of await client.runExport("readers", { pageSize })) items.push(item);
  return items;
}

const user = (name: string) => ({ user: { user_id: name, identifiers: {} } });
const names = (items: readonly ZephrItem[]) => items.map((item) => item.user.user_id);

describe("a page", () => {
  it.each([4, 7, 500])(
    "of a server that gives fewer than asked for is not the last: the total says so (%d)",
    async (pageSize) => {
      const all = Array.from({ length: 10 }, (_, index) => user(`user-${index}`));
      const items = await read(
        (page) => ({ results: all.slice((page - 1) * 3, page * 3), meta: { count: 10 } }),
        pageSize,
      );
      expect(names(items)).toEqual(names(all));
    },
  );

  it("is read as the reference shows it", async () => {
    const items = await read(() => ({
      ...sample,
      links: { first: { url: "https://e.example?rpp=10", page: 1 } },
    }));
    expect(items).toEqual(sample.results[0]);
  });

  it("leads on by links.next, and ends where there is none, however full it is", async () => {
    const link = { url: "https://example.com?rpp=10", page: 2 };
    const pages = [
      { results: [user("a")], links: { next: link } },
      { results: [user("b"), user("c")], links: { previous: { ...link, page: 1 } } },
    ];
    expect(names(await read((page) => pages[page - 1]))).toEqual(["a", "b", "c"]);
  });

  it("leads on by the number in the link's URL, or by one, where the link has no number", async () => {
    for (const next of [{ url: "https://e.example/?rpp=2&page=3" }, "https://e.example/?page=3"]) {
      const pages = [
        { results: [user("a")], links: { next } },
        undefined,
        { results: [user("c")], links: { first: 1 } },
      ];
      expect(names(await read((page) => pages[page - 1]))).toEqual(["a", "c"]);
    }
    const unnumbered = [
      { results: [user("a")], links: { next: { url: "https://e.example/?rpp=1" } } },
      { results: [user("b")], links: { first: 1 } },
    ];
    expect(names(await read((page) => unnumbered[page - 1]))).toEqual(["a", "b"]);
  });

  it("is not the last for being short where there are no links, and links that name nothing are none", async () => {
    for (const links of [undefined, {}, { next: {}, previous: null, first: { url: "", page: 0 } }]) {
      const pages = [
        { results: [user("a"), user("b")], links },
        { results: [user("c")], links },
        { results: [user("d"), user("e")], links },
      ];
      const items = await read((page) => pages[page - 1] ?? { results: [], links });
      expect(names(items)).toEqual(["a", "b", "c", "d", "e"]);
    }
  });

  it("may be empty in the middle where links lead on", async () => {
    const pages = [
      { results: [user("a")], links: { next: { page: 2 } } },
      { results: [], links: { next: { page: 3 } } },
      { results: [user("b")], links: { first: { page: 1 } } },
    ];
    expect(names(await read((page) => pages[page - 1]))).toEqual(["a", "b"]);
  });

  it("that goes back is refused", async () => {
    await expect(
      read((page) => ({ results: [user(`u${page}`)], links: { next: { page: 3 - page } } })),
    ).rejects.toMatchObject({
      code: "RESPONSE_INVALID",
      details: { page: 2, next: 1 },
    });
  });

  const refused = { code: "RESPONSE_INVALID", operation: "page", retryable: true };

  it("that names another place for itself than the one asked for is refused", async () => {
    for (const [asked, links] of [
      [1, { previous: { page: 1 } }],
      [2, { previous: { page: 2 }, next: { page: 4 } }],
      [2, { previous: { url: "https://e.example/?page=2" } }],
      [2, { first: { page: 1 }, last: { page: 3 } }],
    ] as const) {
      for (const meta of [{}, { count: 6 }]) {
        const sound = { results: [user("a"), user("b")], links: { next: { page: 2 } }, meta };
        const other = { results: [user("c"), user("d")], links, meta };
        await expect(read((page) => (page === asked ? other : sound))).rejects.toMatchObject(refused);
      }
    }
  });

  it("that names the very next page, or is all there is, may name what it likes before it", async () => {
    const pages = [
      {
        results: [user("a"), user("b")],
        links: { previous: { page: 1 }, next: { page: 2 } },
        meta: { count: 3 },
      },
      { results: [user("c")], links: { previous: { page: 1 } }, meta: { count: 3 } },
    ];
    expect(names(await read((page) => pages[page - 1]))).toEqual(["a", "b", "c"]);
    const single = { results: [user("a")], links: { previous: { page: 1 } }, meta: { count: 1 } };
    expect(names(await read(() => single))).toEqual(["a"]);
  });

  it("may have passed over empty pages where no total says that there are users on them", async () => {
    const pages = [
      { results: [user("a")], links: { next: { page: 3 } } },
      undefined,
      { results: [user("c")], links: { previous: { page: 1 }, last: { page: 3 } } },
    ];
    expect(names(await read((page) => pages[page - 1]))).toEqual(["a", "c"]);
  });

  it("without users is believed after it was asked for once more, although the total says that there are some", async () => {
    const asked: number[] = [];
    const items = await read((page) => {
      asked.push(page);
      return { results: page === 1 ? [user("a"), user("b")] : [], meta: { count: 3 } };
    });
    expect(names(items)).toEqual(["a", "b"]);
    // The first is the start's.
    expect(asked).toEqual([1, 1, 2, 2]);
  });

  it("with something that is no user names its place", async () => {
    for (const broken of [{ "seq-no": 2 }, "user", null, 7]) {
      await expect(read(() => [user("a"), broken], 3)).rejects.toMatchObject({
        code: "RECORD_INVALID",
        details: { page: 1, index: 1, record: 2 },
      });
    }
  });

  it("that is no list of users is refused at the start already", async () => {
    for (const body of [{ users: [] }, { results: {} }, "users", null, { error: "not today" }]) {
      await expect(read(() => body)).rejects.toMatchObject({ code: "RESPONSE_INVALID", operation: "start" });
    }
  });

  it("that is no list of users is asked for again, and then refused", async () => {
    let asked = 0;
    const client = createExportClient({
      providers: { readers: zephr({ tenantId: "news", accessKey: "AK", secretKey: "s3cr3t" }) },
      retry: { minDelayMs: 0 },
      fetch: async () => {
        asked += 1;
        return Response.json(asked === 1 ? [] : { error: "not today" });
      },
    });
    const job = await client.startExport("readers", {});
    await expect(client.download(job)).rejects.toMatchObject({ code: "RESPONSE_INVALID", operation: "page" });
    expect(asked).toBe(1 + 4);
  });
});

describe("users", () => {
  it("are the same by their id, or where they have none by their grant's, or by what they sign in with", async () => {
    const byGrant = sample.results[0]?.[0];
    const byName = { user: { identifiers: { username: "joe" } } };
    const pages = [
      [user("a"), byGrant, byName],
      [byName, user("a"), byGrant],
      [{ user: { identifiers: { username: "eve" } } }],
    ];
    const items = await read((page) => pages[page - 1] ?? [], 3);
    expect(items).toHaveLength(4);
  });
});
