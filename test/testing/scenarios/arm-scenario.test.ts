import {
  armScenario,
  createAuthgearEmulator,
  createZephrEmulator,
  faultScenario,
  serveEmulator,
} from "exportkit/testing";
import { expect, it, onTestFinished } from "vitest";

const startPath = "/_api/admin/users/export";

/** What a request ends with: its status, or the system's word for its failure. */
async function outcome(answer: Promise<Response>): Promise<unknown> {
  try {
    return (await answer).status;
  } catch (error) {
    const { cause } = error as { readonly cause?: { readonly code?: unknown } };
    return cause?.code ?? "failed";
  }
}

it("a scenario hits the operation it is armed for, and counts", async () => {
  const emulator = createAuthgearEmulator();
  const armed = await armScenario(faultScenario("status-502"), { emulator, operation: "start" });
  const ask = (method: string, path: string) =>
    outcome(emulator.fetch(`${emulator.endpoint}${path}`, { method }));
  expect(await ask("GET", `${startPath}/x`)).toBe(403);
  expect(armed.fired).toBe(0);
  expect(await ask("POST", startPath)).toBe(502);
  expect(armed.fired).toBe(1);
  await armed.lift();
  expect(await ask("POST", startPath)).toBe(403);
  expect(armed.fired).toBe(1);
});

it("at Zephr a start is hit at the page that it reads", async () => {
  const emulator = createZephrEmulator();
  const armed = await armScenario(faultScenario("status-500"), { emulator, operation: "start" });
  expect(await outcome(emulator.fetch(`${emulator.endpoint}/v3/user-export`))).toBe(500);
  expect(armed.fired).toBe(1);
});

it("two armed scenarios count for themselves", async () => {
  const emulator = createAuthgearEmulator();
  const first = await armScenario(faultScenario("status-502"), { emulator, operation: "start" });
  const second = await armScenario(faultScenario("status-503"), { emulator, operation: "start" });
  const start = () => outcome(emulator.fetch(`${emulator.endpoint}${startPath}`, { method: "POST" }));
  expect([await start(), await start(), await start()]).toEqual([502, 502, 503]);
  expect([first.fired, second.fired]).toEqual([2, 1]);
});

it("without sockets a refused connection looks like one", async () => {
  const emulator = createAuthgearEmulator();
  const armed = await armScenario(faultScenario("connection-refused"), { emulator, operation: "start" });
  const start = () => outcome(emulator.fetch(`${emulator.endpoint}${startPath}`, { method: "POST" }));
  expect([await start(), await start(), await start()]).toEqual(["ECONNREFUSED", "ECONNREFUSED", 403]);
  expect(armed.fired).toBe(2);
});

it("behind sockets the operation's own port is closed until the scenario is lifted", async () => {
  const emulator = createAuthgearEmulator();
  const server = await serveEmulator(emulator);
  onTestFinished(() => server.close());
  const store = () => outcome(fetch(`${server.storeOrigin}/`));
  const api = () => outcome(fetch(`${server.endpoint}${startPath}`, { method: "POST" }));
  expect(await store()).toBe(403);
  const armed = await armScenario(faultScenario("connection-refused"), {
    emulator,
    operation: "artifact",
    server,
  });
  expect([await store(), await store(), await store()]).toEqual(Array(3).fill("ECONNREFUSED"));
  expect(await api()).toBe(403);
  await armed.lift();
  expect(await store()).toBe(403);
  expect(armed.fired).toBe(0);
});

it("a server may be closed while it refuses", async () => {
  const server = await serveEmulator(createAuthgearEmulator());
  await server.refuse();
  expect(await outcome(fetch(server.endpoint))).toBe("ECONNREFUSED");
  await server.close();
});

it("a door that is not there cannot be closed", async () => {
  const emulator = createZephrEmulator();
  const server = await serveEmulator(emulator);
  onTestFinished(() => server.close());
  await expect(server.refuse("store")).rejects.toThrow("zephr has no such door; it has api");
  const armed = armScenario(faultScenario("status-500"), { emulator, operation: "token" });
  await expect(armed).rejects.toThrow("zephr has no sign-in that a fault could hit");
});
