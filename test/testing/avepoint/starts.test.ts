import { describe, expect, it } from "vitest";
import { insightsApi, startPath } from "./insights-api.js";

interface Refusal {
  readonly statusCode: number;
  readonly message: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

const span = "startTime=2026-01-01T00:00:00&finishTime=2026-01-31T23:59:59";
const urls = (count: number) =>
  Array.from({ length: count }, (_, n) => `siteUrls=https%3A%2F%2Fa%2F${n}`).join("&");
const drives = (count: number) => Array.from({ length: count }, (_, n) => `driveIds=d${n}`).join("&");

describe("a start that the vendor accepts", () => {
  it.each([
    ["userAccess", "ada@contoso.com", "/users/ada%2540contoso.com/access/export?dataSources=OneDrive"],
    [
      "userAccess",
      "a#ext#@b.c",
      "/users/a%2523ext%2523%2540b.c/access/export?dataSources=microsoft%20teams&exportOptionType=1",
    ],
    ["userAccess", "plain", "/users/plain/access/export?dataSources=microsoft+teams"],
    [
      "userActivities",
      "ada@contoso.com",
      `/users/ada%2540contoso.com/activities/export?${span}&eventTypes=x&eventTypes=y`,
    ],
    [
      "groupAccess",
      "g-1",
      "/groups/g-1/access/export?exportOptionType=3&dataSources=onedrive&siteUrls=https://a/b",
    ],
    ["groupAccess", "g@b.c", "/groups/g%40b.c/access/export?exportOptionType=0&dataSources=onedrive"],
    [
      "groupAccess",
      "c:0!.s|forms%3amembership",
      "/groups/c%3A0!.s%7Cforms%253amembership/access/export?exportOptionType=9&dataSources=onedrive%20for%20business",
    ],
    ["sitePermissions", "", `/sites/permission/export?${urls(100)}`],
    ["sharingLinks", "", `/sharingLinks/export?exportLinkType=32&${span}`],
    ["objectActivities", "https://a/b c", "/activities/object/https%3A%2F%2Fa%2Fb%20c/export"],
    ["googleUserAccess", "ada@b.c", "/google/users/ada@b.c/access/export?dataSources=my%20drive&driveIds=d"],
    ["googleUserAccess", "ada@b.c", "/google/users/ada%40b.c/access/export?dataSources=user%20drive"],
    ["googleUserActivities", "ada@b.c", "/google/users/ada@b.c/activities/export"],
    [
      "googleGroupAccess",
      "g@b.c",
      "/google/groups/g@b.c/access/export?exportOptionType=2&dataSources=shared%20drive",
    ],
    ["googleDrivePermissions", "", `/google/drives/permission/export?${drives(100)}`],
    ["googleSharingLinks", "", `/google/sharingLinks/export?exportLinkType=303&${span}`],
    ["googleObjectActivities", "o-1", `/google/activities/object/o-1/export?${span}`],
  ])("%s of %j", async (report, subject, path) => {
    const { get, emulator } = insightsApi();
    const response = await get(`/insights${path}`);
    expect([response.status, await response.json()]).toEqual([
      200,
      { jobId: "67890", status: 200, message: "OK" },
    ]);
    expect(emulator.jobs).toMatchObject([{ id: "67890", report, subject }]);
    expect(emulator.requests).toMatchObject([{ operation: "start", status: 200 }]);
  });

  it("keeps lists in their order, decoded", async () => {
    const { get, emulator } = insightsApi();
    await get(
      "/insights/users/a/access/export?dataSources=onedrive&siteUrls=https%3A%2F%2Fa%2Fx%20y&dataSources=microsoft%20teams",
    );
    expect(emulator.jobs[0]?.parameters).toEqual({
      dataSources: ["onedrive", "microsoft teams"],
      siteUrls: ["https://a/x y"],
    });
  });
});

describe("a start that the vendor refuses", () => {
  it.each([
    ["path", "/users/ada@contoso.com/access/export?dataSources=onedrive"],
    ["path", "/users/ada%40contoso.com/access/export?dataSources=onedrive"],
    ["path", "/users/a%23b/activities/export"],
    ["path", "/activities/object/https%253A%252F%252Fa/export"],
    ["path", "/google/users/ada%2540b.c/activities/export"],
    ["dataSources", "/users/a/access/export"],
    ["dataSources", "/users/a/access/export?dataSources=floppy"],
    ["dataSources", "/users/a/access/export?dataSources=onedrive,sharepoint%20online"],
    ["dataSources", "/users/a/access/export?dataSources=user%20drive"],
    ["dataSources", "/google/users/a/access/export?dataSources=onedrive"],
    ["exportOptionType", "/users/a/access/export?dataSources=onedrive&exportOptionType=10"],
    ["exportOptionType", "/users/a/access/export?dataSources=onedrive&exportOptionType=summary"],
    ["exportOptionType", "/users/a/access/export?dataSources=onedrive&exportOptionType=1&exportOptionType=2"],
    ["exportOptionType", "/groups/g/access/export?dataSources=onedrive"],
    ["exportOptionType", "/google/groups/g/access/export?dataSources=shared%20drive&exportOptionType=1"],
    ["siteUrls", "/sites/permission/export"],
    ["siteUrls", `/sites/permission/export?${urls(101)}`],
    ["siteUrls", "/sites/permission/export?siteUrls=team"],
    ["driveIds", `/google/drives/permission/export?${drives(101)}`],
    ["driveIds", "/google/drives/permission/export?driveIds="],
    ["exportLinkType", `/sharingLinks/export?${span}`],
    ["exportLinkType", `/sharingLinks/export?exportLinkType=301&${span}`],
    ["exportLinkType", `/google/sharingLinks/export?exportLinkType=128&${span}`],
    ["startTime", "/sharingLinks/export?exportLinkType=32&finishTime=2026-01-31T23:59:59"],
    ["startTime", `/users/a/activities/export?startTime=2026-01-01T00:00:00Z`],
    ["startTime", `/users/a/activities/export?startTime=2026-01-01T00:00:00.000`],
    ["startTime", `/users/a/activities/export?startTime=2026-01-01`],
    ["finishTime", `/users/a/activities/export?finishTime=2026-02-30T00:00:00`],
    ["eventTypes", "/users/a/activities/export?eventTypes="],
    ["format", "/users/a/activities/export?format=csv"],
  ])("for its %s: %s", async (field, path) => {
    const { get, emulator } = insightsApi();
    const response = await get(`/insights${path}`);
    const body = (await response.json()) as Refusal;
    expect([response.status, body.statusCode]).toEqual([400, 400]);
    expect(body.errors?.map((error) => error.field)).toContain(field);
    expect(emulator.jobs).toEqual([]);
  });

  it.each([
    ["GET", "/insights/groups/access/export", 404],
    ["GET", "/insights/users/a/b/access/export", 404],
    ["GET", "/insights/sites/permission/export/", 404],
    ["GET", "/users/a/access/export", 404],
    ["POST", startPath, 405],
    ["DELETE", "/insights/job/67890/exportstatus", 405],
  ])("%s %s is %i", async (method, path, status) => {
    const { get, emulator } = insightsApi();
    expect((await get(path, { method })).status).toBe(status);
    expect(emulator.jobs).toEqual([]);
  });

  it.each([{}, { authorization: "Bearer nobody" }, { authorization: "Basic ready-made" }])(
    "without a good token: %j",
    async (headers) => {
      const { emulator } = insightsApi();
      const response = await emulator.fetch(`${emulator.endpoint}${startPath}`, { headers });
      expect([response.status, response.headers.get("www-authenticate")]).toEqual([
        401,
        'Bearer error="invalid_token"',
      ]);
      expect(emulator.jobs).toEqual([]);
    },
  );

  it("as a 200 with the status inside, where that is how the tenant answers", async () => {
    const { get } = insightsApi({ refusals: "body" });
    const response = await get("/insights/users/a/access/export");
    expect([response.status, await response.json()]).toEqual([
      200,
      { status: 400, message: "The request is invalid." },
    ]);
  });
});

describe("five jobs at a time", () => {
  it.each([429, 400] as const)("the sixth is refused with %i until one has ended", async (limitStatus) => {
    const { get, start, clock, emulator } = insightsApi({ limitStatus, jobDurationMs: 1000 });
    for (let n = 0; n < 5; n++) await start();
    const sixth = await get(startPath);
    expect(sixth.status).toBe(limitStatus);
    expect(await sixth.json()).toMatchObject({
      statusCode: limitStatus,
      message: expect.stringContaining("limit of 5"),
      requestId: expect.any(String),
      traceId: expect.any(String),
    });
    clock.advance(1000);
    expect((await get(startPath)).status).toBe(200);
    expect(emulator.jobs).toHaveLength(6);
  });
});
