import { describe, it } from "vitest";
import { checkRun } from "../../faults/check-run.js";
import { runCase, undisturbedRecords } from "../../faults/run-case.js";
import { newCasesOf, setups } from "../../faults/setups.js";

// test/faults has the same over real sockets, for every connection; what a scenario promises holds on the emulator's own fetch,
// too.
describe.each(setups)("$name", (setup) => {
  const undisturbed = undisturbedRecords(setup);

  it.each(newCasesOf(setup))("$scenario.name at $operation", async (tested) => {
    const { scenario, operation } = tested;
    const run = await runCase(setup, { scenario, operation, sockets: false });
    checkRun(setup, tested, run, await undisturbed(operation));
  });
});
