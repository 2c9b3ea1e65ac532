import { createExportClient } from "exportkit";
import { avepoint } from "exportkit/avepoint";
import { createAvepointEmulator } from "exportkit/testing";
import { expect, it } from "vitest";

it("a resume takes at most 8 requests to its next row, at the end of a workbook, too", async () => {
  const client = { clientId: "client", clientSecret: "s" };
  const emulator = createAvepointEmulator({ clients: [client], rows: 400, workbooks: 2 });
  const { endpoint: baseUrl, tokenUrl, fetch } = emulator;
  const connect = () =>
    createExportClient({ providers: { a: avepoint({ baseUrl, tokenUrl, ...client }) }, fetch });
  const job = await connect().startExport("a", {
    report: "sitePermissions",
    siteUrls: ["https://s.example"],
  });
  const done = await connect().waitForExport(job);
  // The first workbook has 404 rows.
  for (const rows of [1, 200, 403, 404, 405, 600]) {
    const download = await connect().download(done);
    let read = 0;
    for await (const _ of download) if (++read === rows) break;
    const before = emulator.requests.length;
    let next: string | undefined;
    for await (const { file } of await connect().download(done, { checkpoint: download.checkpoint() })) {
      next = file;
      break;
    }
    expect(next).toBe(rows < 404 ? "sitePermissions_1.xlsx" : "sitePermissions_2.xlsx");
    expect(emulator.requests.length - before).toBeLessThanOrEqual(8);
  }
});
