import { createExportClient } from "exportkit";
import {
  armScenario,
  createTestClock,
  createZephrEmulator,
  type FaultOperation,
  faultCases,
} from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { expect, it } from "vitest";

it.each(faultCases("zephr"))("$scenario.name at $operation", async ({ scenario, operation, expected }) => {
  const clock = createTestClock(); // one for both: waits and timeouts take no time
  const emulator = createZephrEmulator({ keys: { "access-key": "secret-key" }, users: 60, clock });
  const keys = { accessKey: "access-key", secretKey: "secret-key" };
  const client = createExportClient({
    providers: { readers: zephr({ baseUrl: emulator.endpoint, ...keys }) },
    fetch: emulator.fetch,
    clock,
  });

  // Armed right before the call that it shall hit.
  async function before(...operations: readonly FaultOperation[]) {
    if (operations.includes(operation)) await armScenario(scenario, { emulator, operation });
  }

  // Put your own code here.
  async function exportReaders() {
    await before("start");
    const started = await client.startExport("readers", { pageSize: 10 });
    const finished = await client.waitForExport(started);
    await before("page");
    const readers = [];
    for await (const reader of await client.download(finished)) readers.push(reader);
    return readers;
  }

  if (expected.outcome === "fails") {
    const { codes, retryable } = expected;
    await expect(exportReaders()).rejects.toMatchObject({ code: expect.toBeOneOf([...codes]), retryable });
  } else {
    const ids = (await exportReaders()).map(({ user }) => user.user_id);
    expect(new Set(ids).size).toBe(60);
    expect(ids).toHaveLength(60);
  }
  // A fault that did not happen shows nothing.
  expect(emulator.faults.fired).not.toEqual([]);
});
