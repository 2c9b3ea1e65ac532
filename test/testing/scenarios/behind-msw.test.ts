import { type Emulator, type FaultCase, mswHandlers } from "exportkit/testing";
import { http } from "msw";
import { setupServer } from "msw/node";
import { describe, it } from "vitest";
import { checkRun } from "../../faults/check-run.js";
import { runCase, undisturbedRecords } from "../../faults/run-case.js";
import { newCasesOf, setups, type VendorSetup } from "../../faults/setups.js";

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

// Those of the connection and of the lengths depend on the way; the others come the same way as these. The way of bodies is the
// same for all vendors.
const telling = (setup: VendorSetup) => {
  const ways =
    setup.vendor === "authgear"
      ? /^(connection|reset|cut|stall|slow|short|long|lying|status-500|duplicate)/
      : /^(connection|reset|cut)/;
  return newCasesOf(setup).filter(({ scenario }) => ways.test(scenario.name));
};

describe.each(setups.filter((setup) => telling(setup).length > 0))("$name", (setup) => {
  const undisturbed = undisturbedRecords(setup);

  it.each(telling(setup).map((tested) => behindMsw(setup, tested)))(
    "$scenario.name at $operation",
    async (tested) => {
      const { scenario, operation } = tested;
      const run = await runCase(setup, { scenario, operation, sockets: false, intercept });
      checkRun(setup, tested, run, await undisturbed(operation));
    },
  );
});
