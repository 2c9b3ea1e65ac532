import { createExportClient, type ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";
import {
  type AuthgearEmulator,
  createAuthgearEmulator,
  createTestClock,
  type Fault,
  type ServedEmulator,
  serveEmulator,
} from "exportkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { count, token } from "../client/harness.js";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { settle } from "../support/turns.js";

// Real sockets and the runtime's own fetch; only time is virtual.
describe("over real sockets", () => {
  const clock = createTestClock();
  let emulator: AuthgearEmulator;
  let served: ServedEmulator;

  beforeEach(async () => {
    emulator = createAuthgearEmulator({ tokens: [token], clock, users: 300 });
    served = await serveEmulator(emulator);
  });
  afterEach(() => served.close());

  const connect = () =>
    createExportClient({
      providers: { users: authgear({ endpoint: served.endpoint, token }) },
      clock,
      random: () => 0.5,
    });

  it.each([
    ["lost before it took effect", { type: "reset" }, 0],
    ["lost after it took effect", { type: "reset", effect: true }, 1],
    ["answered with half an answer", { type: "truncate-json" }, 1],
    ["broken off in its answer", { type: "drop", afterBytes: 30 }, 1],
    ["answered by a proxy", { type: "status", status: 502, body: "<html>", effect: true }, 1],
  ] as const)("a start that is %s is sent once", async (_, fault: Fault, tasks) => {
    emulator.faults.add({ on: "start", times: 9, fault });
    const error = await rejection<ExportError>(connect().startExport("users", { format: "ndjson" }));
    expect(error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", operation: "start" });
    expect(count(emulator, "start")).toBe(1);
    expect(emulator.tasks).toHaveLength(tasks);
  });

  it("a start that is not answered in time is sent once", async () => {
    emulator.faults.add({ on: "start", times: 9, fault: { type: "hang", effect: true } });
    const error = rejection<ExportError>(connect().startExport("users", { format: "ndjson" }));
    while (emulator.tasks.length === 0) await settle();
    clock.advance(30_000);
    expect(await error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", details: { reason: "TIMEOUT" } });
    expect(count(emulator, "start")).toBe(1);
  });

  it("a start whose keep-alive connection has died meanwhile is not sent twice", async () => {
    const client = connect();
    await client.startExport("users", { format: "ndjson" });
    emulator.faults.add({ on: "start", fault: { type: "reset" } });
    const error = await rejection<ExportError>(client.startExport("users", { format: "ndjson" }));
    expect(error).toMatchObject({ code: "START_OUTCOME_UNKNOWN" });
    expect(count(emulator, "start")).toBe(2);
    expect(emulator.tasks).toHaveLength(1);
  });

  it("an export goes through lost polls, a lost file and addresses that expire", async () => {
    emulator.faults.add({ on: "poll", times: 2, fault: { type: "reset" } });
    emulator.faults.add({ on: "artifact", times: 3, fault: { type: "drop", afterBytes: 40_000 } });
    emulator.faults.add({ on: "artifact", fault: { type: "expire" } });
    const records = await collect(await connect().runExport("users", { format: "ndjson" }));
    expect(new Set(records.map(({ sub }) => sub)).size).toBe(300);
    expect(emulator.faults.remaining).toBe(0);
    expect(emulator.tasks).toHaveLength(1);
  });

  it("an abort in the middle of a request closes the connection", async () => {
    const client = connect();
    const job = await client.startExport("users", { format: "ndjson" });
    emulator.faults.add({ on: "poll", fault: { type: "hang" } });
    const controller = new AbortController();
    const error = rejection(client.pollExport(job, { signal: controller.signal }));
    while (count(emulator, "poll") === 0) await settle();
    const reason = new Error("the process ends");
    controller.abort(reason);
    expect(await error).toBe(reason);
  });
});
