import { createExportClient } from "exportkit";
import { createZephrEmulator, mswHandlers, serveEmulator, zephrItem, zephrUserId } from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { describe, expect, it } from "vitest";
import { firstPage, tenant } from "./signed-request.js";

const target = (query: string, version = "v3") => `/${version}/user-export?${query}`;

async function idsAt(response: Promise<Response>): Promise<string[]> {
  const body = (await (await response).json()) as { results: { user: { user_id: string } }[] };
  return body.results.map(({ user }) => user.user_id);
}

const users = (...numbers: number[]) => numbers.map(zephrUserId);

describe("bodies", () => {
  it("come in three shapes, as they are seen at the vendor", async () => {
    const items = [zephrItem(4), zephrItem(3)];
    const query = "attributes=true&rpp=2&page=1";
    const object = await (await tenant({ users: 5 }).get(target(query))).json();
    const link = (page: number) => ({
      url: `https://news.api.zephr.com/v3/user-export?attributes=true&rpp=2&page=${page}`,
      page,
    });
    expect(object).toEqual({
      results: items,
      meta: { count: 5, rpp: 2, paginated: true },
      links: { first: link(1), last: link(3), next: link(2) },
    });
    const nested = await (await tenant({ users: 5, shape: "nested" }).get(target(query))).json();
    expect(nested).toEqual({ ...object, results: [items] });
    const array = await (await tenant({ users: 5, shape: "array" }).get(target(query))).json();
    expect(array).toEqual(items);
  });

  it("have no next link on the last page and none before the first", async () => {
    const { get } = tenant({ users: 5 });
    const last = await (await get(target("attributes=true&rpp=2&page=3"))).json();
    expect(last.results).toHaveLength(1);
    expect(Object.keys(last.links)).toEqual(["first", "last", "previous"]);
    const beyond = await (await get(target("attributes=true&rpp=2&page=9"))).json();
    expect(beyond.results).toEqual([]);
    expect(beyond.links.next).toBeUndefined();
  });

  it("are CSV or JSON at v4", async () => {
    const csv = await tenant({ users: 2 }).get(target("attributes=true", "v4"));
    expect(csv.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect((await csv.text()).split("\n")[0]).toContain("user_id,email_address");
    const json = await tenant({ users: 2, v4Format: "json" }).get(target("attributes=true", "v4"));
    expect((await json.json()).results).toHaveLength(2);
  });
});

describe("what the vendor would refuse is refused", () => {
  it.each([
    ["attributes", target("rpp=10&page=1")],
    ["attributes", target("attributes=yes")],
    ["grants", target("attributes=true&grants=1")],
    ["since", target("attributes=true&since=yesterday")],
    ["registeredBefore", target("attributes=true&registeredBefore=2024-01-01")],
    ["rpp", target("attributes=true&rpp=0")],
    ["page", target("attributes=true&page=0")],
    ["page", target("attributes=true&page=two")],
    ["appIds", target("attributes=true&appIds=all")],
    ["attr", target("attr=plan", "v4")],
  ])("a wrong %s: %s", async (field, wrong) => {
    const response = await tenant().get(wrong);
    expect(response.status).toBe(400);
    expect((await response.json()).error).toContain(field);
  });

  it("an unknown address, another method, a key that does not exist", async () => {
    const { get } = tenant();
    expect((await get("/v2/user-export?attributes=true")).status).toBe(404);
    expect((await get(firstPage, { method: "DELETE" })).status).toBe(405);
    const none = createZephrEmulator();
    expect((await none.fetch(none.endpoint + firstPage)).status).toBe(401);
  });

  it("in the style that is set", async () => {
    const wrong = { secretKey: "wrong" };
    const message = await tenant({ errorBody: "message" }).get(firstPage, wrong);
    expect(await message.json()).toEqual({ message: "Signature does not match" });
    expect(await (await tenant({ errorBody: "none" }).get(firstPage, wrong)).text()).toBe("");
  });

  it("too many requests in a time", async () => {
    const { get, clock } = tenant({ rateLimit: { requests: 2, perMs: 5_000 } });
    const statuses = [await get(firstPage), await get(firstPage), await get(firstPage)];
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(statuses[2]?.headers.get("retry-after")).toBe("5");
    clock.advance(5_000);
    expect((await get(firstPage)).status).toBe(200);
  });
});

describe("the listing", () => {
  const page = (number: number, rpp = 3) => target(`attributes=true&rpp=${rpp}&page=${number}`);

  it("is in the order that is set, and grows there", async () => {
    const newest = tenant({ users: 4, addedPerPage: 1 });
    expect(await idsAt(newest.get(page(1)))).toEqual(users(3, 2, 1));
    // User 4 has come in front of the others.
    expect(await idsAt(newest.get(page(2)))).toEqual(users(1, 0));
    const oldest = tenant({ users: 4, order: "oldest", addedPerPage: (pages) => pages });
    expect(await idsAt(oldest.get(page(1)))).toEqual(users(0, 1, 2));
    expect(await idsAt(oldest.get(page(2)))).toEqual(users(3, 4));
    expect(oldest.emulator.users).toBe(7);
    const scattered = tenant({ users: 6, order: "scattered" });
    const before = await idsAt(scattered.get(page(1, 50)));
    scattered.emulator.addUsers(20);
    const after = await idsAt(scattered.get(page(1, 50)));
    expect(after).toHaveLength(26);
    expect(after.filter((id) => before.includes(id))).toEqual(before);
    expect(after.slice(0, 6)).not.toEqual(before);
  });

  it("loses users who are deleted, and has its first ones again after a reset", async () => {
    const { get, emulator } = tenant({ users: 4, order: "oldest" });
    emulator.removeUser(1);
    expect(await idsAt(get(page(1)))).toEqual(users(0, 2, 3));
    emulator.addUsers(1);
    expect(await idsAt(get(page(2)))).toEqual(users(4));
    emulator.reset();
    expect(await idsAt(get(page(1)))).toEqual(users(0, 1, 2));
    expect(emulator.users).toBe(4);
  });

  it("can be filtered, and counts what is left", async () => {
    const { get } = tenant({ users: 100, order: "oldest", addedPerPage: 1 });
    const window = "registeredSince=2024-01-01T00:05:00Z&registeredBefore=2024-01-01T00:08:00Z";
    expect(await idsAt(get(target(`attributes=true&${window}`)))).toEqual(users(5, 6, 7));
    const updated = await (await get(target("attributes=true&since=2024-01-01T05:00:00Z&rpp=1"))).json();
    expect(updated.meta.count).toBeLessThan(100);
    const profiles = await (await get(target("attributes=true&appIds=app-b&appIdsRestrictive=true"))).json();
    expect(profiles.meta.count).toBe(26);
    expect(profiles.results[1].extended_profiles).toEqual({ "app-b": { level: 4 } });
  });

  it("answers as a vendor that goes astray, where that is set", async () => {
    expect(await idsAt(tenant({ users: 9, ignoresPage: true }).get(page(3)))).toEqual(users(8, 7, 6));
    const stuck = await (await tenant({ users: 9, stuckNext: true }).get(page(2))).json();
    expect(stuck.links.next.page).toBe(2);
    const whole = await (await tenant({ users: 9, ignoresPaging: true }).get(page(2))).json();
    expect(Object.keys(whole)).toEqual(["results"]);
    expect(whole.results).toHaveLength(9);
  });

  it("takes its time for each page", async () => {
    const { get, clock } = tenant({ latencyMs: (number) => number * 1_000 });
    await get(page(3));
    expect(clock.sleeps).toEqual([3_000]);
  });

  it("is the same every time, and its users catch careless readers", () => {
    expect(zephrItem(5, { grants: true })).toEqual(zephrItem(5, { grants: true }));
    const items = Array.from({ length: 60 }, (_, index) => zephrItem(index, { grants: true }));
    const text = JSON.stringify(items);
    expect(text).toContain("山田");
    expect(text).toMatch(/"startTime":"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"/);
    const grants = items.flatMap(({ grants }) => (grants as { results: { endTime?: string }[] }).results);
    expect(grants.some(({ endTime }) => endTime === undefined)).toBe(true);
    expect(new Set(items.map(({ user }) => user.user_id)).size).toBe(60);
  });
});

describe("the same emulator", () => {
  const read = async (baseUrl: string, fetch?: typeof globalThis.fetch) => {
    const client = createExportClient({
      providers: { readers: zephr({ baseUrl, accessKey: "AK", secretKey: "s3cr3t" }) },
      ...(fetch && { fetch }),
    });
    const ids: string[] = [];
    const request = { pageSize: 7, appIds: ["app-a", "app b"], since: "2020-01-01T00:00:00+01:00" };
    for await (const { user } of await client.runExport("readers", request)) ids.push(user.user_id);
    return ids;
  };
  const all = users(...Array.from({ length: 30 }, (_, index) => 29 - index));

  it("serves over loopback HTTP", async () => {
    const emulator = createZephrEmulator({ keys: { AK: "s3cr3t" }, users: 30 });
    await using served = await serveEmulator(emulator);
    expect(served.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:/);
    expect(await read(served.endpoint)).toEqual(all);
  });

  it("serves behind MSW", async () => {
    const emulator = createZephrEmulator({ keys: { AK: "s3cr3t" }, users: 30 });
    const server = setupServer(
      ...mswHandlers(emulator, http),
      http.all("*", () => HttpResponse.error()),
    );
    server.listen({ onUnhandledFrame: "error" });
    try {
      expect(await read("https://news.api.zephr.com")).toEqual(all);
    } finally {
      server.close();
    }
  });
});
