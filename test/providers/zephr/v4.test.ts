import { type Checkpoint, createExportClient, type RecordIssue } from "exportkit";
import {
  createTestClock,
  createZephrEmulator,
  type ZephrEmulatorOptions,
  zephrItem,
  zephrUserId,
} from "exportkit/testing";
import { type ZephrV4Record, type ZephrV4Request, zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";
import { rejection } from "../../support/outcome.js";

const pair = { accessKey: "AK", secretKey: "s3cr3t", apiVersion: "v4" } as const;

function connect(options: ZephrEmulatorOptions = {}) {
  const clock = createTestClock();
  const emulator = createZephrEmulator({
    keys: { AK: "s3cr3t" },
    clock,
    order: "oldest",
    ...options,
  });
  const client = createExportClient({
    providers: { readers: zephr({ ...pair, baseUrl: emulator.endpoint }) },
    fetch: emulator.fetch,
    clock,
  });
  return { emulator, client };
}

async function read(options: ZephrEmulatorOptions, request: ZephrV4Request): Promise<ZephrV4Record[]> {
  const { client } = connect(options);
  const records: ZephrV4Record[] = [];
  for await (const record of await client.runExport("readers", request)) records.push(record);
  return records;
}

/** Reads a single answer as it is given. */
async function readAnswer(
  body: string,
  type: string,
): Promise<{ records: unknown[]; issues: RecordIssue[] }> {
  const client = createExportClient({
    providers: { readers: zephr({ ...pair, tenantId: "news" }) },
    retry: { retries: 0 },
    fetch: async () => new Response(body, { headers: { "content-type": type } }),
  });
  const records: unknown[] = [];
  const issues: RecordIssue[] = [];
  const download = await client.runExport("readers", {});
  for await (const record of download.records({ onInvalid: (issue) => issues.push(issue) }))
    records.push(record);
  return { records, issues };
}

describe("v4", () => {
  it("asks the address of v4", async () => {
    const { client, emulator } = connect();
    await client.startExport("readers", {});
    expect(emulator.requests).toMatchObject([{ path: "/v4/user-export", status: 200 }]);
  });

  it("gives items where the answer is JSON", async () => {
    const records = await read(
      { users: 12, v4Format: "json" },
      { pageSize: 5, grants: true, foreignKeys: true },
    );
    expect(records).toEqual(Array.from({ length: 12 }, (_, index) => zephrItem(index, { grants: true })));
  });

  it("gives rows keyed by the header where the answer is CSV, page by page", async () => {
    const records = await read({ users: 12, v4Format: "csv" }, { pageSize: 5 });
    expect(records.map(({ user_id }) => user_id)).toEqual(
      Array.from({ length: 12 }, (_, index) => zephrUserId(index)),
    );
    const { first_name, surname } = zephrItem(8).user.attributes as { [name: string]: string };
    expect(records[8]).toMatchObject({
      user_id: zephrUserId(8),
      first_name,
      surname,
      email_verified: "true",
    });
  });

  it("gives everything once where CSV knows no pages", async () => {
    const records = await read({ users: 12, ignoresPaging: true }, { pageSize: 5 });
    expect(records).toHaveLength(12);
  });

  it("drops rows that come again because users were added", async () => {
    const records = await read({ users: 12, order: "newest", addedPerPage: 1 }, { pageSize: 5 });
    expect(new Set(records.map(({ user_id }) => user_id)).size).toBe(records.length);
    expect(records.length).toBeGreaterThanOrEqual(12);
  });

  it("keeps the rows of one user apart, on one page and across pages, and drops a whole row that comes again", async () => {
    const csv = (rows: readonly string[]) => `user_id,plan\n${rows.map((row) => `${row}\n`).join("")}`;
    const pages = [
      ["7,basic", "7,plus", "8,basic", "8,basic"],
      ["8,basic", "8,plus", "9,basic", "7,gold"],
    ];
    const client = createExportClient({
      providers: { readers: zephr({ ...pair, tenantId: "news" }) },
      fetch: async (input, init) => {
        const page = Number(new URL(new Request(input, init).url).searchParams.get("page"));
        return new Response(csv(pages[page - 1] ?? []), { headers: { "content-type": "text/csv" } });
      },
    });
    const whole = [...(pages[0] ?? []), "8,plus", "9,basic", "7,gold"];
    const job = await client.startExport("readers", { pageSize: 4 });
    const read = async (checkpoint?: Checkpoint, most = Infinity) => {
      const rows: string[] = [];
      const download = await client.download(job, { checkpoint });
      for await (const { user_id, plan } of download) if (rows.push(`${user_id},${plan}`) === most) break;
      return { rows, checkpoint: JSON.parse(JSON.stringify(download.checkpoint())) as Checkpoint };
    };
    expect((await read()).rows).toEqual(whole);
    for (let stop = 1; stop < whole.length; stop++) {
      const { rows, checkpoint } = await read(undefined, stop);
      expect(JSON.stringify(checkpoint)).not.toContain("basic");
      expect([...rows, ...(await read(checkpoint)).rows]).toEqual(whole);
    }
  });

  it("keeps events of one user apart", async () => {
    const body = "user_id,event\nu1,login\nu1,logout\nu1,login\n";
    const client = createExportClient({
      providers: { readers: zephr({ ...pair, tenantId: "news" }) },
      fetch: async () => new Response(body, { headers: { "content-type": "text/csv" } }),
    });
    let count = 0;
    for await (const _ of await client.runExport("readers", { eventsExport: true })) count += 1;
    expect(count).toBe(3);
  });

  it("reads CSV as it may come: quotes, line ends, a mark at the beginning, an empty file", async () => {
    const csv = '\ufeffuser_id,"first, last"\r\nu1,"Ada ""A"" Lovelace"\r\nu2,"two\nlines"\r\n';
    expect((await readAnswer(csv, "text/csv; charset=utf-8")).records).toEqual([
      { user_id: "u1", "first, last": 'Ada "A" Lovelace' },
      { user_id: "u2", "first, last": "two\nlines" },
    ]);
    expect((await readAnswer("user_id,name\n", "application/csv")).records).toEqual([]);
    expect((await readAnswer("User ID\r\n", "text/csv")).records).toEqual([]);
  });

  it.each([
    "",
    "\n",
    "Forbidden\n",
    "null\n",
    "404\n",
    "error,forbidden\n",
    "message,user_id\n",
    '"Forbidden"',
    "Your id is not known to us\n",
    "Sorry, come back later\n",
    "Forbidden\ncall,us\n",
    "a,b\n",
  ])("%j does not prove that there are no users", async (body) => {
    await expect(readAnswer(body, "text/csv")).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  });

  it("a list of something else holds no users without a word", async () => {
    expect((await readAnswer("[1]\n", "text/csv")).issues).toHaveLength(1);
  });

  it("an answer of no bytes ends a listing behind a page that is not full, and no other", async () => {
    const read = async (users: number, pageSize = 4) => {
      const clock = createTestClock();
      const client = createExportClient({
        providers: { readers: zephr({ ...pair, tenantId: "news" }) },
        retry: { retries: 0 },
        clock,
        fetch: async (input, init) => {
          const first =
            pageSize * (Number(new URL(new Request(input, init).url).searchParams.get("page")) - 1);
          const rows = Array.from(
            { length: Math.max(0, Math.min(pageSize, users - first)) },
            (_, i) => `${first + i}\n`,
          );
          const body = rows.length > 0 ? `user_id\n${rows.join("")}` : "";
          return new Response(body, { headers: { "content-type": "text/csv" } });
        },
      });
      let count = 0;
      for await (const _ of await client.runExport("readers", { pageSize })) count += 1;
      return count;
    };
    expect(await read(6)).toBe(6);
    const error = await rejection<Error>(read(8));
    expect(error).toMatchObject({ code: "RESPONSE_INVALID" });
    expect(error.message).toContain("take another pageSize, such as 3");
    expect(await read(8, 3)).toBe(8);
    expect((await rejection<Error>(read(0))).message).toContain("apiVersion v3");
  });

  it.each(["3,c\n4,d\n", "c@x.example,3\n", '"00000000-0000-4000-8000-000000000003",c\nx,d\n', "-1,c\n"])(
    "refuses a page whose first line is a row, which would be lost as a header: %j",
    async (second) => {
      const pages = ["user_id,plan\n1,a\n2,b\n", second];
      const client = createExportClient({
        providers: { readers: zephr({ ...pair, tenantId: "news" }) },
        retry: { retries: 0 },
        fetch: async (input) => {
          const number = Number(
            new URL(input instanceof Request ? input.url : input).searchParams.get("page"),
          );
          return new Response(pages[number - 1], { headers: { "content-type": "text/csv" } });
        },
      });
      const records: ZephrV4Record[] = [];
      const reading = (async () => {
        for await (const record of await client.runExport("readers", { pageSize: 2 })) records.push(record);
      })();
      expect(await rejection(reading)).toMatchObject({ code: "RESPONSE_INVALID", details: { page: 2 } });
      expect(records).toEqual([
        { user_id: "1", plan: "a" },
        { user_id: "2", plan: "b" },
      ]);
    },
  );

  it.each(["2024,user_id\n1,a\n", "plan,2024\n1,a\n", "plan\nfree\n", "1 to 5,Email\n2,a@x\n"])(
    "reads columns that are called as they like: %j",
    async (page) => {
      expect((await readAnswer(page, "text/csv")).records).toHaveLength(1);
    },
  );

  it("names a row that does not fit the header and continues", async () => {
    const { records, issues } = await readAnswer("user_id,name\nu1,Ada\nu2\nu3,Eve\n", "text/csv");
    expect(records).toHaveLength(2);
    expect(issues).toMatchObject([
      { message: "the row has 1 cells, and the header has 2", position: { page: 1, index: 1 } },
    ]);
  });

  it("goes by the content type: CSV under the name of JSON is no answer, nor is broken CSV", async () => {
    for (const [body, type] of [
      ["user_id\nu1\n", "application/json"],
      ['user_id\n"u1', "text/csv"],
      ["user_id,user_id\nu1,u2\n", "text/csv"],
      ["<html>", "text/html"],
    ] as const) {
      await expect(readAnswer(body, type)).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
    }
  });

  it("encodes rows in their own columns, and items in those of the first", async () => {
    const first = async (options: ZephrEmulatorOptions) => {
      const { client } = connect({ users: 2, ...options });
      const download = await client.runExport("readers", {});
      return (await new Response(download.encode("csv")).text()).split("\n")[0];
    };
    expect(await first({ v4Format: "csv" })).toBe(
      "user_id,email_address,username,email_verified,registered,first_name,surname,_extra",
    );
    expect(await first({ v4Format: "json" })).toContain("user_id,attributes,email_verified");
  });
});
