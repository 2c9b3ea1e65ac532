import { type Checkpoint, createBudget } from "exportkit";
import { serveEmulator } from "exportkit/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { collect } from "../support/collect.js";
import { realVendorOf, setups } from "./vendors.js";

describe.each(setups)("over sockets, invocations of $name", (setup) => {
  it("end by their budgets and deliver the export together, though connections stall and break", async () => {
    const vendor = realVendorOf(setup);
    const served = await serveEmulator(vendor.emulator);
    onTestFinished(() => served.close());
    const client = vendor.client();
    const job = await client.waitForExport(await vendor.start(client));
    const reference = await collect(await client.download(job));
    const after = setup.name.startsWith("authgear") ? 0 : 1;
    for (const on of ["artifact", "page"] as const) {
      vendor.emulator.faults.add({ on, after, times: 2, fault: { type: "stall", afterBytes: 2_000 } });
      vendor.emulator.faults.add({ on, after, times: 2, fault: { type: "drop", afterBytes: 9_000 } });
    }
    const records: unknown[] = [];
    let checkpoint: Checkpoint | undefined;
    let invocations = 0;
    for (let complete = false; !complete; invocations++) {
      const budget = createBudget({ deadline: Date.now() + 400, requests: 20 });
      const sent = vendor.emulator.requests.length;
      const download = await vendor
        .client({ retry: { minDelayMs: 1 } })
        .download(job, { checkpoint, budget });
      for await (const record of download) records.push(record);
      expect(vendor.emulator.requests.length - sent).toBeLessThanOrEqual(20);
      expect(invocations).toBeLessThan(50);
      checkpoint = JSON.parse(JSON.stringify(download.checkpoint()));
      complete = download.complete;
    }
    expect(records).toEqual(reference);
    expect(invocations).toBeGreaterThan(1);
    expect(vendor.emulator.faults.fired.map(({ fault }) => fault.type)).toContain("stall");
  });
});
