import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import {
  armScenario,
  createAuthgearEmulator,
  createTestClock,
  type FaultOperation,
  faultCases,
} from "exportkit/testing";
import { expect, it } from "vitest";

it.each(faultCases("authgear"))("$scenario.name at $operation", async ({ scenario, operation, expected }) => {
  const clock = createTestClock(); // one for both: waits and timeouts take no time
  const tokens = ["one-token", "another-token", "a-third-token"];
  const emulator = createAuthgearEmulator({ tokens, users: 100, clock });
  let asked = 0;
  const token = () => tokens[asked++ % tokens.length] ?? "";
  const client = createExportClient({
    providers: { users: authgear({ endpoint: emulator.endpoint, token }) },
    fetch: emulator.fetch,
    clock,
  });

  // Armed right before the call that it shall hit.
  async function before(...operations: readonly FaultOperation[]) {
    if (operations.includes(operation)) await armScenario(scenario, { emulator, operation });
  }

  // Put your own code here.
  async function exportUsers() {
    await before("start");
    const started = await client.startExport("users", { format: "ndjson" });
    await before("poll");
    const finished = await client.waitForExport(started);
    await before("artifact");
    const users = [];
    for await (const user of await client.download(finished)) users.push(user);
    return users;
  }

  if (expected.outcome === "fails") {
    const { codes, retryable } = expected;
    await expect(exportUsers()).rejects.toMatchObject({ code: expect.toBeOneOf([...codes]), retryable });
  } else {
    const subs = (await exportUsers()).map(({ sub }) => sub);
    expect(new Set(subs).size).toBe(100);
    expect(subs).toHaveLength(100);
  }
  // A fault that did not happen shows nothing.
  expect(emulator.faults.fired).not.toEqual([]);
});
