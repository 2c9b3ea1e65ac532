import { createExportClient } from "exportkit";
import { avepoint } from "exportkit/avepoint";
import {
  armScenario,
  createAvepointEmulator,
  createTestClock,
  type FaultOperation,
  faultCases,
} from "exportkit/testing";
import { expect, it } from "vitest";

it.each(faultCases("avepoint"))("$scenario.name at $operation", async ({ scenario, operation, expected }) => {
  const clock = createTestClock(); // one for both: waits and timeouts take no time
  const credentials = { clientId: "app", clientSecret: "secret" };
  const emulator = createAvepointEmulator({ clients: [credentials], rows: 40, workbooks: 2, clock });
  const { endpoint: baseUrl, tokenUrl } = emulator;
  const client = createExportClient({
    providers: { access: avepoint({ baseUrl, tokenUrl, ...credentials }) },
    fetch: emulator.fetch,
    clock,
  });

  // Armed right before the call that it shall hit.
  async function before(...operations: readonly FaultOperation[]) {
    if (operations.includes(operation)) await armScenario(scenario, { emulator, operation });
  }

  // Put your own code here.
  async function exportRows() {
    const request = {
      report: "userAccess",
      email: "ada@contoso.com",
      dataSources: ["SharePoint Online"],
    } as const;
    if (operation === "start") await client.startExport("access", request); // so that it has signed in
    await before("token", "start");
    const started = await client.startExport("access", request);
    await before("poll");
    const finished = await client.waitForExport(started);
    await before("artifact");
    const rows = [];
    for await (const row of await client.download(finished)) rows.push(row);
    return rows;
  }

  if (expected.outcome === "fails") {
    const { codes, retryable } = expected;
    await expect(exportRows()).rejects.toMatchObject({ code: expect.toBeOneOf([...codes]), retryable });
  } else {
    const rows = (await exportRows()).map(({ file, sheet, row }) => `${file} ${sheet} ${row}`);
    expect(new Set(rows).size).toBe(88);
    expect(rows).toHaveLength(88);
  }
  // A fault that did not happen shows nothing.
  expect(emulator.faults.fired).not.toEqual([]);
});
