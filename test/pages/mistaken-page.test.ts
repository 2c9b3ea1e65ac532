import { createExportClient, type ExportError } from "exportkit";
import { createZephrEmulator } from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { describe, expect, test } from "vitest";

const USERS = 60;

/** Reads a listing that once answers with another page than the one asked for. */
async function read(offset: number, settings: { readonly links: boolean; readonly prefetchPages: number }) {
  const { links, prefetchPages } = settings;
  const emulator = createZephrEmulator({ keys: { AK: "s3cr3t" }, users: USERS, links });
  const client = createExportClient({
    providers: { readers: zephr({ baseUrl: emulator.endpoint, accessKey: "AK", secretKey: "s3cr3t" }) },
    fetch: emulator.fetch,
    prefetchPages,
    retry: { minDelayMs: 0 },
  });
  const job = await client.startExport("readers", { pageSize: 10 });
  emulator.faults.add({ on: "page", after: 1, fault: { type: "other-page", offset } });
  const records: unknown[] = [];
  try {
    for await (const record of await client.download(job)) records.push(record);
  } catch (error) {
    return { records, error: error as ExportError };
  }
  return { records, error: undefined };
}

describe.each([1, 4])("with %d pages ahead, a page that is another one", (prefetchPages) => {
  test.each([
    ["the one before, where links tell", -1, true],
    ["the one before, where totals tell", -1, false],
    ["the one after, where totals tell", 1, false],
  ])("is refused: %s", async (_, offset, links) => {
    const { records, error } = await read(offset, { links, prefetchPages });
    expect(error).toMatchObject({ code: "RESPONSE_INVALID" });
    expect(records.length).toBeLessThan(USERS);
  });

  test("is asked for again: the one after, where links tell", async () => {
    const { records, error } = await read(1, { links: true, prefetchPages });
    expect(error).toBeUndefined();
    expect(new Set(records.map((record) => JSON.stringify(record))).size).toBe(USERS);
    expect(records).toHaveLength(USERS);
  });
});
