import { createExportClient } from "exportkit";
import { type AvepointOptions, avepoint, type SheetRow } from "exportkit/avepoint";
import { avepointFileBytes, avepointRows, serveEmulator } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { collect, collectBuffer } from "../../support/collect.js";
import { rejection } from "../../support/outcome.js";
import { accessRequest, clientId, clientSecret, type TenantOptions, tenant, textOf } from "./tenant.js";

/** A tenant with a finished report. */
async function finished(given: TenantOptions = {}, request: object = accessRequest) {
  const made = tenant(given);
  const job = await made.client.startExport("access", request as typeof accessRequest);
  return { ...made, job: await made.client.waitForExport(job) };
}

/** A tenant with a finished report whose download has been opened. */
async function opened(given: TenantOptions = {}, request: object = accessRequest) {
  const made = await finished(given, request);
  return { ...made, download: await made.client.download(made.job) };
}

const large = { rows: 1000, workbooks: 2, sheets: 2 };

describe("records", () => {
  it.each([
    ["by ranges", {}],
    ["without ranges: the archive is held", { ranges: "ignore" }],
    ["without a length", { ranges: "ignore", contentLength: false }],
    ["without a tag", { etag: "none" }],
    ["where workbooks are compressed in the archive", { members: "deflate" }],
    ["with nothing compressed, in ZIP64", { parts: "stored", zip64: true, sharedStrings: "before" }],
  ] as const)("are the rows of every workbook, %s", async (_, emulator) => {
    const { client, download } = await opened({ emulator: { ...large, ...emulator } });
    expect(download).toMatchObject({ contentType: "application/zip", fileName: "userAccess_67890.zip" });
    expect(client.capabilities("access").formats).toContain(download.format);
    expect(await collect(download)).toEqual([...avepointRows({ report: "userAccess", ...large })]);
  });

  it("of a summary alone", async () => {
    const { download } = await opened({}, { ...accessRequest, exportOption: "summary" });
    expect(await collect(download)).toEqual([...avepointRows({ summaryOnly: true })]);
  });

  it("of a report without workbooks there are none, and that is said", async () => {
    const { download } = await opened({ emulator: { workbooks: 0 } });
    expect(await rejection(collect(download))).toMatchObject({ code: "DECODE_FAILED", connection: "access" });
  });

  it("of chosen sheets only", async () => {
    const sheets = (name: string, file: string) => name === "Details 2" && file === "userAccess_2.xlsx";
    const { download } = await opened({ emulator: large, options: { workbooks: { sheets } } });
    const chosen = [...avepointRows(large)].filter(({ sheet, file }) => sheets(sheet, file));
    expect(await collect(download)).toEqual(chosen);
  });

  it("resume from a checkpoint in another client", async () => {
    const expected = [...avepointRows(large)];
    const { download, emulator, clock } = await opened({ emulator: large });
    const first: SheetRow[] = [];
    for await (const row of download) if (first.push(row) === 2_777) break;
    const stored = JSON.stringify([download.job, download.checkpoint()]);

    const client = createExportClient({
      providers: { access: avepoint({ dataCenter: "us", clientId, clientSecret }) },
      fetch: emulator.fetch,
      clock,
    });
    const [job, checkpoint] = JSON.parse(stored);
    const rest = await collect(await client.download(client.parseJob(job), { checkpoint }));
    expect([...first, ...rest]).toEqual(expected);
  });
});

describe("bytes", () => {
  it("are the ZIP as sent", async () => {
    const { download } = await opened({ emulator: large });
    const sent = await collectBuffer(avepointFileBytes(large));
    expect(download.size).toBe(sent.byteLength);
    expect((await collectBuffer(download.bytes())).equals(sent)).toBe(true);
  });

  it("arrive whole although the connection breaks again and again", async () => {
    const { client, job, emulator, count } = await finished({ emulator: large });
    emulator.faults.add({ on: "artifact", times: 5, fault: { type: "drop", afterBytes: 200_000 } });
    const bytes = await collectBuffer((await client.download(job)).bytes());
    expect(bytes.equals(await collectBuffer(avepointFileBytes(large)))).toBe(true);
    expect(count("artifact")).toBe(6);
  });

  it("a token that ends on the way is renewed, and the download continues", async () => {
    const { client, job, emulator, count, events } = await finished({ emulator: large });
    emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 300_000 } });
    const download = await client.download(job);
    emulator.revokeTokens();
    expect(
      (await collectBuffer(download.bytes())).equals(await collectBuffer(avepointFileBytes(large))),
    ).toBe(true);
    expect(count("token")).toBe(2);
    expect(events).toContainEqual(expect.objectContaining({ type: "resume", offset: 300_000 }));
    expect(events).toContainEqual(expect.objectContaining({ type: "refresh", what: "credentials" }));
    // The address is no signed URL and needs no renewal.
    expect(events).not.toContainEqual(expect.objectContaining({ type: "refresh", what: "url" }));
  });

  it("another file in the middle is ARTIFACT_CHANGED", async () => {
    const { client, job, emulator } = await finished({ emulator: large });
    emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 300_000 } });
    const download = await client.download(job);
    emulator.changeFiles();
    expect(await rejection(collectBuffer(download.bytes()))).toMatchObject({ code: "ARTIFACT_CHANGED" });
  });

  it("make a response with a name of its own", async () => {
    const { download } = await opened();
    const response = download.toResponse();
    expect(response.headers.get("content-type")).toBe("application/zip");
    expect(response.headers.get("content-disposition")).toContain('filename="userAccess_67890.zip"');
    expect(Buffer.from(await response.arrayBuffer()).equals(await collectBuffer(avepointFileBytes()))).toBe(
      true,
    );
  });

  it("are named by the job where the vendor names nothing", async () => {
    const { download } = await opened({
      intercept: async ({ url }, pass) => {
        const response = await pass();
        if (!url.endsWith("/exportfile")) return response;
        return new Response(response.body, {
          headers: { "content-length": response.headers.get("content-length") ?? "" },
        });
      },
    });
    expect(download).toMatchObject({
      contentType: "application/zip",
      fileName: "avepoint-userAccess-67890.zip",
    });
  });
});

describe("encode", () => {
  const details = {
    workbooks: { sheets: (name: string) => name === "Details" },
  } satisfies Partial<AvepointOptions>;

  it("csv of one sheet has its headers as columns, behind where a row comes from", async () => {
    const { download } = await opened({ emulator: { rows: 3 }, options: details });
    const [head, row] = (await textOf(download.encode("csv"))).split("\n");
    expect(head).toBe(
      "_file,_sheet,_row,Object,Object Type,Data Source,Site,User,Email,Permission,External,Size (KB),Shared On,Expires,Risk,_extra",
    );
    expect(row).toBe(
      "userAccess_1.xlsx,Details,2,https://contoso.sharepoint.com/sites/team-2/Shared Documents/file 0000000002 & co.docx,List Item,Microsoft Teams,Team 2-1,山田 太郎,user0000000002@contoso.com,Read,false,0.5,2024-01-03T12:00:00,,2,",
    );
  });

  it("csv of all sheets keeps what the first has no column for in _extra", async () => {
    const { download } = await opened({ emulator: { rows: 1 } });
    const lines = (await textOf(download.encode("csv"))).trimEnd().split("\n");
    expect(lines[0]).toBe("_file,_sheet,_row,Property,Value,_extra");
    expect(lines[1]).toBe("userAccess_1.xlsx,Summary,2,Report,userAccess,");
    expect(lines).toHaveLength(6);
    expect(lines[5]).toMatch(/^userAccess_1\.xlsx,Details,2,,,"\{""Object"":""https:/);
  });

  it("csv with columns of one's own", async () => {
    const { download } = await opened({ emulator: { rows: 2 }, options: details });
    expect(await textOf(download.encode("csv", { columns: ["Email", "_row", "Risk"] }))).toBe(
      "Email,_row,Risk\nuser0000000002@contoso.com,2,2\nuser0000000003@contoso.com,3,3\n",
    );
  });

  it("ndjson is a row a line", async () => {
    const { download } = await opened({ emulator: { rows: 250 } });
    const lines = (await textOf(download.encode("ndjson"))).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([...avepointRows({ rows: 250 })]);
  });
});

it("the whole way over real sockets: sign-in, start, poll, a download that breaks, rows", async () => {
  const { emulator } = tenant({ emulator: { ...large, clock: { now: () => Date.now() } } });
  await using served = await serveEmulator(emulator);
  expect(new Set(Object.values(served.origins)).size).toBe(2);
  emulator.faults.add({ on: "artifact", after: 3, times: 2, fault: { type: "drop", afterBytes: 50_000 } });
  const client = createExportClient({
    providers: {
      access: avepoint({ baseUrl: served.endpoint, tokenUrl: emulator.tokenUrl, clientId, clientSecret }),
    },
    retry: { minDelayMs: 1, maxDelayMs: 1 },
  });
  let job = await client.startExport("access", accessRequest);
  job = await client.pollExport(job);
  expect(await collect(await client.download(job))).toEqual([...avepointRows(large)]);
  expect(emulator.faults.remaining).toBe(0);
});
