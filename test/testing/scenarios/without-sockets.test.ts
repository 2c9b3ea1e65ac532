import type { FaultOperation } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { checkRun } from "../../faults/check-run.js";
import { type Run, runCase } from "../../faults/run-case.js";
import { casesOf, setups } from "../../faults/setups.js";

// test/faults has the same over real sockets; what a scenario promises holds on the emulator's own fetch as well.
describe.each(setups)("$name", (setup) => {
  const clean = new Map<FaultOperation, Run>();
  const undisturbed = async (operation: FaultOperation) => {
    const run = clean.get(operation) ?? (await runCase(setup, { operation, sockets: false }));
    clean.set(operation, run);
    return run.records;
  };

  it.each(casesOf(setup))("$scenario.name at $operation", async (tested) => {
    const { scenario, operation } = tested;
    const reference = await undisturbed(operation);
    expect(reference).toHaveLength(setup.records);
    checkRun(setup, tested, await runCase(setup, { scenario, operation, sockets: false }), reference);
  });
});
