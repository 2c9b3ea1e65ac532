import type { FaultCase } from "exportkit/testing";
import { expect } from "vitest";
import { isRefused, type Run } from "./run-case.js";
import type { VendorSetup } from "./setups.js";

/** Holds what a run showed against what must be seen, and against what must never be seen. */
export function checkRun(
  setup: VendorSetup,
  { scenario, operation, expected }: FaultCase,
  run: Run,
  reference: readonly unknown[],
): void {
  const { records, error, requests, started } = run;
  const startFailed = error !== undefined && (operation === "start" || operation === "token");

  if (expected.outcome === "recovers") {
    expect(error).toBeUndefined();
    expect(records).toEqual(reference);
  } else if (expected.outcome === "fails") {
    expect(error, `${scenario.name} must not go unnoticed`).toBeDefined();
    expect(expected.codes).toContain(error?.code);
    expect(error?.retryable).toBe(expected.retryable);
    // What was handed over before is right.
    expect(records).toEqual(reference.slice(0, records.length));
  }

  // The fault happened; a closed port does not count.
  if (isRefused(scenario) && run.fired === 0)
    expect(run.events).toContainEqual(expect.objectContaining({ errorCode: "NETWORK" }));
  else expect(run.fired).toBeGreaterThan(0);

  // Nothing was started twice.
  if (error?.code === "START_OUTCOME_UNKNOWN") expect(requests).toHaveLength(1);
  if (setup.vendor !== "zephr") {
    if (startFailed) expect(started).toBeLessThanOrEqual(1);
    else expect(started).toBe(1);
  }

  // A fault on the way is no failure of the export.
  expect(run.jobs.map(({ status }) => status)).not.toContain("failed");
  expect(run.jobs.map(({ status }) => status)).not.toContain("expired");

  for (const { fault } of scenario.faults) {
    if (fault.type !== "rate-limit") continue;
    const refused = requests.findIndex(({ status }) => status === 429);
    const askedAt = requests[refused]?.time ?? Number.NaN;
    const cameBackAt = error ? error.retryAt?.getTime() : requests[refused + 1]?.time;
    // A date has whole seconds, and so has the clock that it is held against.
    expect(cameBackAt).toBeGreaterThanOrEqual(askedAt + fault.retryAfterMs - 1_000);
  }

  expect(run.leaks).toEqual([]);
}
