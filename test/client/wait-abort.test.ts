import type { ExportJob } from "exportkit";
import { describe, expect, it } from "vitest";
import { rejection } from "../support/outcome.js";
import { settle } from "../support/turns.js";
import { count, harness } from "./harness.js";

describe("waitForExport when aborted", () => {
  it("rejects with the very reason while it sleeps, and sends nothing more", async () => {
    const { client, emulator, clock } = harness({ emulator: { outcome: "stuck" } });
    const job = await client.startExport("users", { format: "ndjson" });
    const controller = new AbortController();
    const reason = { code: "shutting-down" };
    const onProgress = ({ polls }: ExportJob) => {
      if (polls === 2) controller.abort(reason);
    };
    expect(await rejection(client.waitForExport(job, { signal: controller.signal, onProgress }))).toBe(
      reason,
    );
    expect(count(emulator, "poll")).toBe(2);
    expect(clock.waiting).toBe(0);
  });

  it("rejects with the very reason in the middle of a request", async () => {
    const { client, emulator } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    emulator.faults.add({ on: "poll", fault: { type: "hang" } });
    const controller = new AbortController();
    const reason = new RangeError("too late");
    const error = rejection(client.waitForExport(job, { signal: controller.signal, timeoutMs: 60_000 }));
    while (count(emulator, "poll") === 0) await settle();
    controller.abort(reason);
    expect(await error).toBe(reason);
  });

  it("rejects with the reason of a signal that is aborted already, and sends nothing", async () => {
    const { client, emulator } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    expect(await rejection(client.waitForExport(job, { signal: AbortSignal.abort("no") }))).toBe("no");
    expect(count(emulator, "poll")).toBe(0);
  });

  it("leaves no listener on the signal", async () => {
    const { client } = harness({ emulator: { pendingPolls: 2 } });
    const job = await client.startExport("users", { format: "ndjson" });
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners += 1;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners -= 1;
      removeEventListener.apply(signal, args);
    };
    await client.waitForExport(job, { signal });
    expect(listeners).toBe(0);
  });

  it("passes on what onProgress throws", async () => {
    const { client } = harness();
    const job = await client.startExport("users", { format: "ndjson" });
    const bug = new TypeError("a bug of the caller's");
    const onProgress = () => {
      throw bug;
    };
    expect(await rejection(client.waitForExport(job, { onProgress }))).toBe(bug);
  });
});
