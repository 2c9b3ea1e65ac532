import { createExportClient, type ExportEvent } from "exportkit";
import {
  createTestClock,
  createZephrEmulator,
  type ZephrEmulatorOptions,
  zephrItem,
  zephrUserId,
} from "exportkit/testing";
import { type ZephrItem, type ZephrRequest, zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";

function connect(options: ZephrEmulatorOptions = {}) {
  const clock = createTestClock();
  const emulator = createZephrEmulator({ keys: { AK: "s3cr3t" }, clock, ...options });
  const events: ExportEvent[] = [];
  const client = createExportClient({
    providers: { readers: zephr({ baseUrl: emulator.endpoint, accessKey: "AK", secretKey: "s3cr3t" }) },
    fetch: emulator.fetch,
    clock,
    onEvent: (event) => events.push(event),
  });
  const read = async (request: ZephrRequest): Promise<ZephrItem[]> => {
    const items: ZephrItem[] = [];
    for await (const item of await client.download(await client.startExport("readers", request))) {
      items.push(item);
    }
    return items;
  };
  return { clock, emulator, client, events, read };
}

const idsOf = (items: readonly ZephrItem[]) => items.map(({ user }) => user.user_id);
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

describe("a job", () => {
  it("has succeeded as soon as it is started, and knows the total", async () => {
    const { client, emulator } = connect({ users: 1234 });
    const job = await client.startExport("readers", {});
    expect(job).toMatchObject({
      provider: "zephr",
      status: "succeeded",
      progress: { total: 1234, unit: "records" },
      finishedAt: "2026-01-01T00:00:00.000Z",
      retryAfterMs: 0,
    });
    expect(job.warnings).toBeUndefined();
    expect(emulator.requests).toHaveLength(1);
    const other = await client.startExport("readers", {});
    expect(other.id).not.toBe(job.id);
  });

  it("costs no request to poll or to wait for", async () => {
    const { client, emulator } = connect();
    const job = await client.startExport("readers", {});
    expect(await client.pollExport(job)).toEqual(job);
    expect(await client.waitForExport(job)).toEqual(job);
    expect(emulator.requests).toHaveLength(1);
  });

  it("knows no total where the vendor tells none", async () => {
    for (const options of [{ shape: "array" }, { meta: false }] as const) {
      const { client } = connect(options);
      expect((await client.startExport("readers", {})).progress).toBeUndefined();
    }
  });

  it("warns where appIds leave users out", async () => {
    const { client } = connect();
    const job = await client.startExport("readers", { appIds: ["app-a"], attributes: false });
    expect(job.warnings).toEqual([expect.stringContaining("leaves out users")]);
  });

  it("holds no secret, not even one that the request names", async () => {
    const secretKey = "a-secret-of-usual-length";
    const emulator = createZephrEmulator({ keys: { AK: secretKey } });
    const client = createExportClient({
      providers: { readers: zephr({ tenantId: "news", accessKey: "AK", secretKey }) },
      fetch: emulator.fetch,
    });
    const job = await client.startExport("readers", { appIds: [secretKey] });
    expect(JSON.stringify(job)).not.toContain(secretKey);
  });
});

describe("records", () => {
  it("are the vendor's items with every key, whatever the shape of the body", async () => {
    for (const shape of ["object", "nested", "array"] as const) {
      for (const links of [true, false]) {
        const { read } = connect({ users: 23, shape, links, order: "oldest" });
        const items = await read({ pageSize: 5, grants: true, appIds: ["app-a", "app-b"] });
        const expected = numbers(23).map((index) =>
          zephrItem(index, { grants: true, appIds: ["app-a", "app-b"] }),
        );
        expect(items).toEqual(expected);
      }
    }
  });

  it("leave out attributes where they are not wanted", async () => {
    const { read } = connect({ users: 3, order: "oldest" });
    const items = await read({ attributes: false });
    expect(items[0]?.user.attributes).toBeUndefined();
    expect(items).toEqual(numbers(3).map((index) => zephrItem(index, { attributes: false })));
  });

  it("are those the request is about", async () => {
    const { read } = connect({ users: 100, order: "oldest" });
    const window = {
      registeredSince: "2024-01-01T00:10:00Z",
      registeredBefore: new Date(Date.UTC(2024, 0, 1, 0, 20)),
    };
    expect(idsOf(await read({ ...window, pageSize: 3 }))).toEqual(
      numbers(10).map((index) => zephrUserId(index + 10)),
    );
    const restrictive = await read({ appIds: ["app-a"], appIdsRestrictive: true, pageSize: 7 });
    expect(idsOf(restrictive)).toEqual(numbers(34).map((index) => zephrUserId(index * 3)));
    expect(idsOf(await read({ appIds: ["app-a"], attributes: false }))).toEqual(idsOf(restrictive));
    expect(await read({ appIds: ["app-a"] })).toHaveLength(100);
  });

  it("come from a tenant that has none, or exactly a page of them", async () => {
    for (const shape of ["object", "array"] as const) {
      for (const users of [0, 1, 5, 10]) {
        const { read } = connect({ users, shape });
        expect(await read({ pageSize: 5 })).toHaveLength(users);
      }
    }
  });

  it("are all there although the vendor gives smaller pages than were asked for", async () => {
    // Without meta a page of fewer than Zephr's own 500 is the last, so a smaller cap cannot be told from the end.
    for (const options of [
      { maxPageSize: 7 },
      { maxPageSize: 7, links: false },
      { maxPageSize: 500, shape: "array" },
      { maxPageSize: 600, meta: false, links: false },
    ] as const) {
      const users = "shape" in options || "meta" in options ? 1300 : 40;
      const { read } = connect({ users, ...options });
      expect(new Set(idsOf(await read({ pageSize: 1000 }))).size).toBe(users);
    }
  });

  it("are asked for once and no further than to the last page", async () => {
    const { read, emulator, events } = connect({ users: 23, latencyMs: 10 });
    await read({ pageSize: 5 });
    expect(emulator.requests).toHaveLength(1 + 5);
    expect(events.filter(({ type }) => type === "page")).toHaveLength(5);
  });
});

describe("a vendor that goes round in circles", () => {
  it("is refused where it ignores the page asked for", async () => {
    for (const shape of ["object", "array"] as const) {
      const { read, emulator } = connect({ users: 50, ignoresPage: true, shape });
      await expect(read({ pageSize: 5 })).rejects.toMatchObject({
        code: "RESPONSE_INVALID",
        message: expect.stringContaining("ignore the page"),
      });
      expect(emulator.requests.length).toBeLessThanOrEqual(10);
    }
  });

  it("is refused where its next page does not move", async () => {
    const { read, emulator } = connect({ users: 50, stuckNext: true });
    await expect(read({ pageSize: 5 })).rejects.toMatchObject({
      code: "RESPONSE_INVALID",
      message: expect.stringContaining("names page 1 as the one after page 1"),
      details: { page: 1, next: 1 },
    });
    expect(emulator.requests).toHaveLength(2);
  });

  it("is not taken for one where it sends everything at once", async () => {
    const { read } = connect({ users: 50, ignoresPaging: true, order: "oldest" });
    expect(idsOf(await read({ pageSize: 5 }))).toEqual(numbers(50).map(zephrUserId));
    expect(await read({ pageSize: 500 })).toHaveLength(50);
  });
});
