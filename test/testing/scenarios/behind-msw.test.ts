import { type Emulator, type FaultCase, mswHandlers } from "exportkit/testing";
import { http } from "msw";
import { setupServer } from "msw/node";
import { describe, expect, it } from "vitest";
import { checkRun } from "../../faults/check-run.js";
import { runCase } from "../../faults/run-case.js";
import { casesOf, setups, type VendorSetup } from "../../faults/setups.js";

function intercept(emulator: Emulator): () => void {
  const server = setupServer(...mswHandlers(emulator, http));
  server.listen({ onUnhandledFrame: "error" });
  return () => server.close();
}

// FAULTS.md names what is otherwise behind MSW: a refused connection looks like a lost one.
function behindMsw({ vendor }: VendorSetup, tested: FaultCase): FaultCase {
  const { scenario, operation } = tested;
  if (scenario.name !== "connection-refused" || operation !== "start" || vendor === "zephr") return tested;
  return { ...tested, expected: { outcome: "fails", codes: ["START_OUTCOME_UNKNOWN"], retryable: false } };
}

describe.each(setups)("$name", (setup) => {
  // Those of the connection and of the lengths depend on the way; the others come the same way as these.
  const telling = /^(connection|reset|cut|stall|slow|short|long|lying|status-500|duplicate)/;
  const cases = casesOf(setup).filter(({ scenario }) => telling.test(scenario.name));

  it.each(cases.map((tested) => behindMsw(setup, tested)))("$scenario.name at $operation", async (tested) => {
    const { scenario, operation } = tested;
    const undisturbed = await runCase(setup, { operation, sockets: false });
    expect(undisturbed.records).toHaveLength(setup.records);
    const run = await runCase(setup, { scenario, operation, sockets: false, intercept });
    checkRun(setup, tested, run, undisturbed.records);
  });
});
