import { expectedOf, type FaultVendor, faultCases, faultScenario, faultScenarios } from "exportkit/testing";
import { describe, expect, it } from "vitest";

const vendors: readonly FaultVendor[] = ["authgear", "avepoint", "zephr"];

it("every scenario has a name of its own and one sentence for people", () => {
  const names = faultScenarios.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, title, faults } of faultScenarios) {
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(title).toMatch(/^[A-Z][^|\n]+[^.]$/);
    expect(faults.length).toBeGreaterThan(0);
    expect(faultScenario(name).title).toBe(title);
  }
  expect(() => faultScenario("stal")).toThrow(/no scenario named "stal"; there are: connection-refused,/);
});

it("scenarios are the same after a way through JSON", () => {
  expect(JSON.parse(JSON.stringify(faultScenarios))).toEqual(faultScenarios);
});

describe.each(vendors)("%s", (vendor) => {
  it("has cases of what it can do, and a reason for every other", () => {
    const cases = faultCases(vendor);
    const operations = new Set(cases.map(({ operation }) => operation));
    expect([...operations].sort()).toEqual(
      {
        authgear: ["artifact", "poll", "start"],
        avepoint: ["artifact", "poll", "start", "token"],
        zephr: ["page", "start"],
      }[vendor],
    );
    for (const scenario of faultScenarios) {
      for (const operation of ["token", "start", "poll", "page", "artifact"] as const) {
        const expected = expectedOf(scenario, vendor, operation);
        if (expected.outcome === "impossible") {
          expect(expected.reason).toMatch(/^(?!nothing is known).{10,}$/);
        }
        const listed = cases.some((one) => one.scenario === scenario && one.operation === operation);
        expect(listed).toBe(expected.outcome !== "impossible");
      }
    }
  });

  it("repeats no start that may have taken effect, and one that only asks", () => {
    const doubtful = faultCases(vendor).filter(
      ({ scenario, operation }) =>
        operation === "start" && /^(reset|cut|stall|status|truncated|malformed)/.test(scenario.name),
    );
    expect(doubtful.length).toBeGreaterThan(8);
    for (const { expected } of doubtful) {
      expect(expected).toEqual(
        vendor === "zephr"
          ? { outcome: "recovers" }
          : { outcome: "fails", codes: ["START_OUTCOME_UNKNOWN"], retryable: false },
      );
    }
  });
});
