import type { AvepointRequest } from "exportkit/avepoint";
import { describe, expect, it } from "vitest";
import { rejection } from "../../support/outcome.js";
import { accessRequest, tenant } from "./tenant.js";

const api = "https://graph-us.avepointonlineservices.com/insights";
const span = { startTime: "2026-01-01T00:00:00", finishTime: "2026-01-31T23:59:59" } as const;
const spanQuery = "startTime=2026-01-01T00%3A00%3A00&finishTime=2026-01-31T23%3A59%3A59";

/** The URL of the start, as it went out; the emulator has accepted it. */
async function startUrl(request: AvepointRequest): Promise<string> {
  const { client, sent, emulator } = tenant();
  const job = await client.startExport("access", request);
  expect(emulator.jobs).toMatchObject([{ id: job.id, report: request.report }]);
  const starts = sent.filter(({ method, url }) => method === "GET" && url.startsWith(api));
  expect(starts).toHaveLength(1);
  return starts[0]?.url.slice(api.length) ?? "";
}

it("the vendor's sample, character by character", async () => {
  const url = await startUrl({
    report: "userAccess",
    email: "insightstester001_jasoninsightstest.onmicrosoft.com#ext#@m365x636363.onmicrosoft.com",
    exportOption: "summaryAndObjects",
    siteUrls: ["https://m365x636363.sharepoint.com/sites/july2022publicteam01"],
    dataSources: ["Microsoft Teams", "SharePoint Online"],
  });
  expect(`${api}${url}`).toBe(
    "https://graph-us.avepointonlineservices.com/insights/users/insightstester001_jasoninsightstest.onmicrosoft.com%2523ext%2523%2540m365x636363.onmicrosoft.com/access/export?exportOptionType=2&siteUrls=https%3A%2F%2Fm365x636363.sharepoint.com%2Fsites%2Fjuly2022publicteam01&dataSources=microsoft%20teams&dataSources=sharepoint%20online",
  );
});

describe("the twelve reports", () => {
  it.each<[AvepointRequest, string]>([
    [accessRequest, "/users/ada%2540contoso.com/access/export?dataSources=sharepoint%20online"],
    [
      { report: "userActivities", email: "ada@contoso.com", ...span, eventTypes: ["File Viewed", "Shared"] },
      `/users/ada%2540contoso.com/activities/export?${spanQuery}&eventTypes=File%20Viewed&eventTypes=Shared`,
    ],
    [{ report: "userActivities", email: "ada@contoso.com" }, "/users/ada%2540contoso.com/activities/export"],
    [
      { report: "groupAccess", groupId: "a1b2-c3", dataSources: ["OneDrive"], exportOption: 3 },
      "/groups/a1b2-c3/access/export?exportOptionType=3&dataSources=onedrive",
    ],
    [
      {
        report: "groupAccess",
        groupId: "team@contoso.com",
        dataSources: ["OneDrive for Business", "onedrive"],
        exportOption: "summary",
      },
      "/groups/team%40contoso.com/access/export?exportOptionType=3&dataSources=onedrive%20for%20business&dataSources=onedrive",
    ],
    ...(
      [
        ["c:0(.s|tru", "c%3A0(.s%7Ctru"],
        ["c:0-.f|rolemanager|spo-grid-all-users", "c%3A0-.f%7Crolemanager%7Cspo-grid-all-users"],
        ["c:0!.s|windows", "c%3A0!.s%7Cwindows"],
        // The %3a is a part of the name, and so its percent sign is encoded.
        ["c:0!.s|forms%3amembership", "c%3A0!.s%7Cforms%253amembership"],
      ] as const
    ).map(([groupId, segment]): [AvepointRequest, string] => [
      { report: "groupAccess", groupId, dataSources: ["SharePoint Online"], exportOption: 1 },
      `/groups/${segment}/access/export?exportOptionType=1&dataSources=sharepoint%20online`,
    ]),
    [
      {
        report: "googleUserAccess",
        email: "ada@gmail.example",
        dataSources: ["My Drive"],
        driveIds: ["ada@gmail.example"],
      },
      "/google/users/ada@gmail.example/access/export?driveIds=ada%40gmail.example&dataSources=my%20drive",
    ],
    [
      { report: "sitePermissions", siteUrls: ["https://a.sharepoint.com/sites/ä b"] },
      "/sites/permission/export?siteUrls=https%3A%2F%2Fa.sharepoint.com%2Fsites%2F%C3%A4%20b",
    ],
    [
      { report: "sharingLinks", linkType: "organization", ...span },
      `/sharingLinks/export?exportLinkType=64&${spanQuery}`,
    ],
    [
      {
        report: "objectActivities",
        path: "https://a.sharepoint.com/sites/x/a b.docx",
        finishTime: span.finishTime,
      },
      "/activities/object/https%3A%2F%2Fa.sharepoint.com%2Fsites%2Fx%2Fa%20b.docx/export?finishTime=2026-01-31T23%3A59%3A59",
    ],
    [
      {
        report: "googleUserAccess",
        email: "ada+x@gmail.example",
        dataSources: ["User Drive", "my drive"],
        exportOption: 1,
        driveIds: ["0A/b", "0B"],
      },
      "/google/users/ada+x@gmail.example/access/export?exportOptionType=1&driveIds=0A%2Fb&driveIds=0B&dataSources=user%20drive&dataSources=my%20drive",
    ],
    [
      { report: "googleUserActivities", email: "ada@gmail.example", ...span },
      `/google/users/ada@gmail.example/activities/export?${spanQuery}`,
    ],
    [
      {
        report: "googleGroupAccess",
        groupId: "all@gmail.example",
        dataSources: ["Shared Drive"],
        exportOption: "summaryAndObjects",
      },
      "/google/groups/all@gmail.example/access/export?exportOptionType=2&dataSources=shared%20drive",
    ],
    [{ report: "googleDrivePermissions", driveIds: ["0A"] }, "/google/drives/permission/export?driveIds=0A"],
    [
      { report: "googleSharingLinks", linkType: "targetAudience", ...span },
      `/google/sharingLinks/export?exportLinkType=301&${spanQuery}`,
    ],
    [
      { report: "googleObjectActivities", id: "1x_-Y", startTime: span.startTime },
      "/google/activities/object/1x_-Y/export?startTime=2026-01-01T00%3A00%3A00",
    ],
  ])("%j", async (request, expected) => {
    expect(await startUrl(request)).toBe(expected);
  });

  it.each([
    ["summaryAndSites", 1],
    ["summaryAndObjects", 2],
    ["summary", 3],
  ] as const)("exportOption %s is %i, in words or as the number", async (word, number) => {
    const urls = await Promise.all(
      [word, number].map((exportOption) => startUrl({ ...accessRequest, exportOption })),
    );
    expect(urls[0]).toBe(urls[1]);
    expect(urls[0]).toContain(`exportOptionType=${number}&`);
  });

  it.each([
    ["sharingLinks", "specific", 32],
    ["sharingLinks", "organization", 64],
    ["sharingLinks", "anyone", 128],
    ["googleSharingLinks", "targetAudience", 301],
    ["googleSharingLinks", "anyone", 303],
  ])("%s: linkType %s is %i, in words or as the number", async (report, word, number) => {
    for (const linkType of [word, number]) {
      expect(await startUrl({ report, linkType, ...span } as AvepointRequest)).toContain(
        `exportLinkType=${number}&`,
      );
    }
  });

  it("a data source without a known name goes out as it is", async () => {
    // The emulator refuses it, as the vendor would; what counts is what was sent.
    const { client, sent } = tenant();
    await rejection(client.startExport("access", { ...accessRequest, dataSources: ["Some New Store"] }));
    expect(sent.at(-1)?.url).toContain("?dataSources=Some%20New%20Store");
  });
});

describe("times", () => {
  const links = { report: "sharingLinks", linkType: "anyone" } as const;

  it("a Date goes out in UTC without zone and milliseconds, and stands so in the job", async () => {
    const { client, sent } = tenant();
    const job = await client.startExport("access", {
      ...links,
      startTime: new Date("2026-03-01T00:30:00.987+02:00"),
      finishTime: "2026-03-31T00:00:00",
    });
    expect(sent.at(-1)?.url).toContain(
      "startTime=2026-02-28T22%3A30%3A00&finishTime=2026-03-31T00%3A00%3A00",
    );
    expect(job.request).toEqual({
      ...links,
      startTime: "2026-02-28T22:30:00",
      finishTime: "2026-03-31T00:00:00",
    });
    const stored = JSON.parse(JSON.stringify(job));
    expect(stored).toEqual(job);
    expect(client.parseJob(stored)).toEqual(job);
  });

  it.each([
    ["2026-01-31T10:00:00Z", "without a zone"],
    ["2026-01-31T10:00:00+01:00", "without a zone"],
    ["2026-01-31T10:00:00.000", "must be a Date, or a string such as"],
    ["2026-01-31", "must be a Date, or a string such as"],
    ["2026-02-30T10:00:00", "not a valid date and time"],
    ["2026-01-31T24:00:00", "not a valid date and time"],
    [1769853600000, "must be a Date, or a string such as"],
    [new Date(Number.NaN), "is an invalid Date"],
    [new Date("+012026-01-01T00:00:00Z"), "outside the years"],
  ])("%s is refused", async (startTime, message) => {
    const { client, sent } = tenant();
    const request = { ...links, startTime, finishTime: span.finishTime } as never;
    expect(await rejection(client.startExport("access", request))).toMatchObject({
      code: "REQUEST_INVALID",
      message: expect.stringContaining("startTime: "),
      details: { field: "startTime", issues: [{ message: expect.stringContaining(message) }] },
    });
    expect(sent).toEqual([]);
  });
});

describe("what is refused before anything is sent", () => {
  const sites = (count: number) =>
    Array.from({ length: count }, (_, n) => `https://a.sharepoint.com/sites/${n}`);
  const drives = (count: number) => Array.from({ length: count }, (_, n) => `drive-${n}`);

  it.each<[string, unknown]>([
    ["report", {}],
    ["report", { report: "users" }],
    ["email", { ...accessRequest, email: " " }],
    ["email", { ...accessRequest, email: ".." }],
    ["email", { ...accessRequest, email: "a\ud800b@contoso.com" }],
    ["dataSources", { report: "userAccess", email: "a@b.c" }],
    ["dataSources", { ...accessRequest, dataSources: [] }],
    ["dataSources", { ...accessRequest, dataSources: "OneDrive" }],
    ["dataSources[1]", { ...accessRequest, dataSources: ["OneDrive", ""] }],
    ["exportOption", { ...accessRequest, exportOption: 4 }],
    ["exportOption", { ...accessRequest, exportOption: "toString" }],
    ["exportOption", { report: "groupAccess", groupId: "g", dataSources: ["OneDrive"] }],
    ["siteUrls[0]", { ...accessRequest, siteUrls: ["/sites/a"] }],
    ["driveIds", { ...accessRequest, driveIds: ["0A"] }],
    // "All groups" leaves the segment out, and what the path looks like then is documented nowhere.
    ["groupId", { report: "groupAccess", dataSources: ["OneDrive"], exportOption: "summary" }],
    ["groupId", { report: "groupAccess", groupId: "", dataSources: ["OneDrive"], exportOption: "summary" }],
    ["siteUrls", { report: "sitePermissions", siteUrls: sites(101) }],
    ["siteUrls", { report: "sitePermissions" }],
    ["driveIds", { report: "googleDrivePermissions", driveIds: drives(101) }],
    ["linkType", { report: "sharingLinks", linkType: 301, ...span }],
    ["linkType", { report: "googleSharingLinks", linkType: "specific", ...span }],
    ["startTime", { report: "sharingLinks", linkType: "anyone", finishTime: span.finishTime }],
    [
      "finishTime",
      { report: "userActivities", email: "a@b.c", startTime: span.finishTime, finishTime: span.startTime },
    ],
    [
      "exportOption",
      { report: "googleGroupAccess", groupId: "g@x.y", dataSources: ["Shared Drive"], exportOption: 1 },
    ],
    [
      "exportOption",
      {
        report: "googleGroupAccess",
        groupId: "g@x.y",
        dataSources: ["Shared Drive"],
        exportOption: "summaryAndSites",
      },
    ],
    ["id", { report: "googleObjectActivities", path: "x" }],
  ])("%s of %j", async (field, request) => {
    const { client, sent } = tenant();
    const error = await rejection<Error>(client.startExport("access", request as never));
    expect(error).toMatchObject({ code: "REQUEST_INVALID", connection: "access", provider: "avepoint" });
    expect(error.message).toContain(`${field}: `);
    expect(sent).toEqual([]);
  });

  it("exactly a hundred sites or drives go through", async () => {
    const site = await startUrl({ report: "sitePermissions", siteUrls: sites(100) });
    const drive = await startUrl({ report: "googleDrivePermissions", driveIds: drives(100) });
    expect([site.split("siteUrls=").length - 1, drive.split("driveIds=").length - 1]).toEqual([100, 100]);
  });

  it("a stored job of a request that is none is refused by its field", async () => {
    const { client } = tenant();
    const job = await client.startExport("access", accessRequest);
    const broken = { ...job, request: { ...job.request, dataSources: [] } };
    expect(() => client.parseJob(broken)).toThrow(/request\.dataSources/);
  });
});
