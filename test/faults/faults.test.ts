import { readFile } from "node:fs/promises";
import { type FaultOperation, type FaultVendor, faultScenarios } from "exportkit/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { checkRun } from "./check-run.js";
import { faultDocument } from "./document.js";
import { type Outcome, outcomeOf } from "./outcome.js";
import { type Run, runCase } from "./run-case.js";
import { casesOf, expectedAt, operations, setups } from "./setups.js";

const outcomes = new Map<string, Outcome>();
const keyOf = (...names: readonly [setup: string, scenario: string, operation: FaultOperation]) =>
  names.join(" / ");

describe.each(setups)("$name", (setup) => {
  const { vendor, records, identityOf } = setup;
  const clean = new Map<FaultOperation, Run>();

  beforeAll(async () => {
    for (const operation of operations) {
      clean.set(operation, await runCase(setup, { operation, sockets: true }));
    }
  });

  it("gives every record once where nothing goes wrong", () => {
    for (const run of clean.values()) {
      expect(run.error).toBeUndefined();
      expect(run.records).toHaveLength(records);
      expect(new Set(run.records.map(identityOf)).size).toBe(records);
      expect(run.leaks).toEqual([]);
      if (vendor !== "zephr") expect(run.started).toBe(1);
    }
  });

  it.each(casesOf(setup))("$scenario.name at $operation", async (tested) => {
    const { scenario, operation } = tested;
    const run = await runCase(setup, { scenario, operation, sockets: true });
    const undisturbed = clean.get(operation);
    checkRun(setup, tested, run, undisturbed?.records ?? []);
    outcomes.set(keyOf(setup.name, scenario.name, operation), outcomeOf(run, undisturbed));
  });

  it("passes over nothing without a reason", () => {
    const skipped = faultScenarios
      .flatMap((scenario) => operations.map((operation) => expectedAt(setup, scenario, operation)))
      .filter((expected) => expected.outcome === "impossible");
    expect(skipped.length + casesOf(setup).length).toBe(faultScenarios.length * operations.length);
    for (const { reason } of skipped) expect(reason).toMatch(/^(?!nothing is known).{10,}/);
  });
});

it("FAULTS.md says what this run showed", async (context) => {
  const expected = setups.reduce((sum, setup) => sum + casesOf(setup).length, 0);
  context.skip(outcomes.size < expected, "not every case was run, or not every one passed");
  const kills = await readFile(new URL("../node/kill/survived.json", import.meta.url), "utf8");
  const arrivals = await readFile(new URL("../runtimes/arrivals.json", import.meta.url), "utf8");
  const sample = (vendor: FaultVendor) =>
    readFile(new URL(`./samples/${vendor}.test.ts`, import.meta.url), "utf8");
  const document = faultDocument(
    (setup, scenario, operation) => outcomes.get(keyOf(setup.name, scenario.name, operation)),
    {
      authgear: await sample("authgear"),
      avepoint: await sample("avepoint"),
      zephr: await sample("zephr"),
    },
    JSON.parse(kills),
    JSON.parse(arrivals),
  );
  await expect(document).toMatchFileSnapshot("../../FAULTS.md");
});
