import { createExportClient } from "exportkit";
import { createZephrEmulator } from "exportkit/testing";
import { type ZephrRequest, type ZephrV4Request, zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";

function connect() {
  const emulator = createZephrEmulator({ keys: { AK: "s3cr3t" }, v4Format: "json" });
  const queries: string[] = [];
  const pair = { tenantId: "news", accessKey: "AK", secretKey: "s3cr3t" };
  const client = createExportClient({
    providers: { v3: zephr(pair), v4: zephr({ ...pair, apiVersion: "v4" }) },
    fetch: (input, init) => {
      queries.push(new URL(new Request(input, init).url).search.slice(1));
      return emulator.fetch(input, init);
    },
  });
  return { client, queries, emulator };
}

async function queryOf(request: ZephrRequest): Promise<string | undefined> {
  const { client, queries } = connect();
  const job = await client.startExport("v3", request);
  await client.download(job);
  return queries[1];
}

async function queryOfV4(request: ZephrV4Request): Promise<string | undefined> {
  const { client, queries } = connect();
  const job = await client.startExport("v4", request);
  await client.download(job);
  return queries[1];
}

describe("the query of v3", () => {
  it("always has attributes, rpp and page", async () => {
    expect(await queryOf({})).toBe("attributes=true&rpp=500&page=1");
    expect(await queryOf({ attributes: false, pageSize: 20 })).toBe("attributes=false&rpp=20&page=1");
  });

  it("has every field under the vendor's name", async () => {
    const request = {
      attributes: true,
      appIds: ["app-a", "app b"],
      appIdsRestrictive: true,
      grants: true,
      since: "2020-01-01T00:00:00Z",
      registeredSince: new Date(Date.UTC(2021, 1, 2, 3, 4, 5, 678)),
      registeredBefore: "2022-01-01",
      pageSize: 250,
    };
    expect([...new URLSearchParams(await queryOf(request))]).toEqual([
      ["attributes", "true"],
      ["appIds", "app-a,app b"],
      ["appIdsRestrictive", "true"],
      ["grants", "true"],
      ["since", "2020-01-01T00:00:00Z"],
      ["registeredSince", "2021-02-02T03:04:05.678Z"],
      ["registeredBefore", "2022-01-01T00:00:00Z"],
      ["rpp", "250"],
      ["page", "1"],
    ]);
  });

  it("keeps the zone of a time", async () => {
    const query = await queryOf({ since: "2020-01-01T00:00:00+02:00" });
    expect(new URLSearchParams(query).get("since")).toBe("2020-01-01T00:00:00+02:00");
  });

  it("is in the job as plain JSON, and a stored job asks the same", async () => {
    const { client, queries } = connect();
    const job = await client.startExport("v3", { since: new Date(Date.UTC(2020, 0, 1)), grants: true });
    expect(job.request).toEqual({ since: "2020-01-01T00:00:00Z", grants: true });
    const stored = client.parseJob(JSON.parse(JSON.stringify(job)));
    expect(stored).toEqual(job);
    await client.download(stored);
    expect(queries[1]).toBe("attributes=true&grants=true&since=2020-01-01T00%3A00%3A00Z&rpp=500&page=1");
  });

  it.each<[string, object]>([
    ["attributes", { attributes: "true" }],
    ["appIds", { appIds: [] }],
    ["appIds", { appIds: "all" }],
    ["appIds[1]", { appIds: ["a", "b,c"] }],
    ["appIds[0]", { appIds: [""] }],
    ["appIdsRestrictive", { appIdsRestrictive: true }],
    ["grants", { grants: 1 }],
    ["since", { since: "yesterday" }],
    ["since", { since: "2020-01-01T00:00:00" }],
    ["since", { since: "2020-02-30" }],
    ["since", { since: "2020-13-01" }],
    ["since", { since: new Date(Number.NaN) }],
    ["since", { since: 1_577_836_800_000 }],
    ["registeredBefore", { registeredSince: "2021-01-01", registeredBefore: "2020-01-01" }],
    ["pageSize", { pageSize: 0 }],
    ["pageSize", { pageSize: 2.5 }],
    ["rpp", { rpp: 20 }],
    ["attr", { attr: ["plan.eq.gold"] }],
  ])("refuses a wrong %s before anything is sent", async (field, request) => {
    const { client, queries } = connect();
    await expect(client.startExport("v3", request as ZephrRequest)).rejects.toMatchObject({
      code: "REQUEST_INVALID",
      connection: "v3",
      details: { field },
    });
    expect(queries).toEqual([]);
  });
});

describe("the query of v4", () => {
  it("has its own fields beside those of v3", async () => {
    const request = {
      appIds: "all",
      grants: true,
      attr: [{ key: "plan", operation: "eq", value: "gold.plus" }, "score.gt.10"],
      foreignKeys: true,
      eventsExport: true,
      from: new Date(Date.UTC(2024, 0, 1)),
      to: "2024-02-01",
    } as const;
    expect([...new URLSearchParams(await queryOfV4(request))]).toEqual([
      ["attributes", "true"],
      ["appIds", "all"],
      ["grants", "true"],
      ["attr", "plan.eq.gold.plus,score.gt.10"],
      ["foreignKeys", "true"],
      ["eventsExport", "true"],
      ["from", "2024-01-01T00:00:00Z"],
      ["to", "2024-02-01T00:00:00Z"],
      ["rpp", "500"],
      ["page", "1"],
    ]);
    const lists = await queryOfV4({ appIds: ["app-a"], foreignKeys: ["billing", "crm"] });
    expect(new URLSearchParams(lists).get("foreignKeys")).toBe("billing,crm");
  });

  it.each<[string, object]>([
    ["appIds", { appIds: "some" }],
    ["attr", { attr: [] }],
    ["attr[0]", { attr: ["plan"] }],
    ["attr[0].operation", { attr: [{ key: "plan", operation: "e.q", value: 1 }] }],
    ["attr[0].value", { attr: [{ key: "plan", operation: "eq", value: "a,b" }] }],
    ["foreignKeys", { foreignKeys: 1 }],
    ["from", { from: "2024-01-01" }],
    ["to", { eventsExport: true, from: "2024-01-02", to: "2024-01-01" }],
    ["registeredBefore", { registeredSince: "2021-01-01", registeredBefore: "2020-01-01" }],
  ])("refuses a wrong %s before anything is sent", async (field, request) => {
    const { client, queries } = connect();
    await expect(client.startExport("v4", request as ZephrV4Request)).rejects.toMatchObject({
      code: "REQUEST_INVALID",
      details: { field },
    });
    expect(queries).toEqual([]);
  });
});
