import { createExportClient, type ExportError } from "exportkit";
import { createZephrEmulator } from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";

interface Setting {
  readonly users: number;
  readonly pageSize?: number;
  /** The page whose answer is another one, and how far off that is. */
  readonly page: number;
  readonly offset: number;
  readonly prefetchPages: number;
  readonly links?: boolean;
  readonly meta?: boolean;
  readonly maxPageSize?: number;
  readonly times?: number;
}

/** Reads a listing that answers with another page than the one asked for, once where nothing else is said. */
async function read({ users, pageSize = 10, page, offset, prefetchPages, times = 1, ...vendor }: Setting) {
  const emulator = createZephrEmulator({ keys: { AK: "s3cr3t" }, users, ...vendor });
  const client = createExportClient({
    providers: { readers: zephr({ baseUrl: emulator.endpoint, accessKey: "AK", secretKey: "s3cr3t" }) },
    fetch: emulator.fetch,
    prefetchPages,
    retry: { minDelayMs: 0 },
  });
  const job = await client.startExport("readers", { pageSize });
  emulator.faults.add({ on: "page", after: page - 1, times, fault: { type: "other-page", offset } });
  const records: unknown[] = [];
  let error: ExportError | undefined;
  try {
    for await (const record of await client.download(job)) records.push(record);
  } catch (thrown) {
    error = thrown as ExportError;
  }
  return { records, different: new Set(records.map((record) => JSON.stringify(record))).size, error };
}

describe.each([1, 4])("with %d pages ahead, a page that is another one", (prefetchPages) => {
  it.each([
    ["the one before, where links tell", 60, 2, -1, {}],
    ["the one before, further on", 60, 4, -1, {}],
    ["the first one", 60, 4, -3, {}],
    ["the one before, where totals tell", 60, 2, -1, { links: false }],
    ["the one before in place of the last, where totals tell", 60, 6, -1, { links: false }],
    ["the one after, where links tell", 60, 2, 1, {}],
    ["the last one", 30, 2, 1, {}],
    ["the last one, in a longer listing", 60, 5, 1, {}],
    ["the last one, which is shorter", 95, 9, 1, {}],
    ["the last one in place of the first", 20, 1, 1, {}],
    ["the last one, where no total tells", 60, 5, 1, { meta: false }],
    [
      "the one after, where no total tells and pages are smaller than asked for",
      60,
      5,
      1,
      { maxPageSize: 3 },
    ],
    ["beyond the end", 60, 6, 1, {}],
    ["beyond the end, from further before", 60, 3, 9, {}],
    ["beyond the end, where no total tells", 60, 6, 1, { meta: false }],
    ["beyond the end, where only totals tell", 60, 6, 1, { links: false }],
    ["beyond the end, where only totals tell and the last page is short", 55, 6, 1, { links: false }],
  ])("is asked for again: %s", async (_, users, page, offset, vendor) => {
    const { records, different, error } = await read({ users, page, offset, prefetchPages, ...vendor });
    expect(error).toBeUndefined();
    expect(different).toBe(users);
    expect(records).toHaveLength(users);
  });

  it("is asked for again: the last one, with pages of the usual size", async () => {
    const usual = { users: 1000, pageSize: 500, page: 1, offset: 1, prefetchPages };
    expect(await read(usual)).toMatchObject({ different: 1000, error: undefined });
  });

  it.each([
    ["the one after", 60, 2, 1],
    ["the last one", 60, 5, 1],
    ["the last one, which is shorter", 95, 9, 1],
  ])(
    "is refused, or asked for again, where totals tell only afterwards: %s",
    async (_, users, page, offset) => {
      const { records, different, error } = await read({ users, page, offset, prefetchPages, links: false });
      if (error) {
        expect(error).toMatchObject({ code: "RESPONSE_INVALID", operation: "page", retryable: true });
        expect(records.length).toBeLessThan(users);
      } else {
        // The page that was under way with it holds the same users.
        expect(prefetchPages).toBeGreaterThan(1);
        expect([records.length, different]).toEqual([users, users]);
      }
    },
  );

  it.each([
    ["the one before, where links tell", -1, true],
    ["the last one, where links tell", 1, true],
    ["the one before, where totals tell", -1, false],
  ])("is refused where it stays so: %s", async (_, offset, links) => {
    const lasting = { users: 30, page: 2, offset, prefetchPages, links, times: Number.POSITIVE_INFINITY };
    const { records, error } = await read(lasting);
    expect(error).toMatchObject({ code: "RESPONSE_INVALID", operation: "page", retryable: true });
    expect(records.length).toBeLessThan(30);
  });
});
