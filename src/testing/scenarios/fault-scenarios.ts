import { shown, wrongOption } from "../check-options.js";
import { answerScenarios } from "./answer-scenarios.js";
import { connectionScenarios } from "./connection-scenarios.js";
import { credentialScenarios } from "./credential-scenarios.js";
import { expectedOf } from "./expectations.js";
import { fileScenarios } from "./file-scenarios.js";
import { pageScenarios } from "./page-scenarios.js";
import { rateLimitScenarios } from "./rate-limit-scenarios.js";
import type { FaultCase, FaultOperation, FaultScenario, FaultVendor } from "./scenario.js";

/**
 * What goes wrong in the world, with what a caller must see of it: the faults that this package is tested with, for your
 * own integration. {@link armScenario} lets one happen, {@link faultCases} lists what applies to a vendor.
 */
export const faultScenarios: readonly FaultScenario[] = [
  ...connectionScenarios,
  ...rateLimitScenarios,
  ...answerScenarios,
  ...credentialScenarios,
  ...fileScenarios,
  ...pageScenarios,
];

/**
 * The scenario of a name.
 *
 * @throws `CONFIG_INVALID` where there is none
 *
 * @example
 * ```ts
 * const armed = await armScenario(faultScenario("stall-after-bytes"), { emulator, operation: "artifact" });
 * ```
 */
export function faultScenario(name: string): FaultScenario {
  const scenario = faultScenarios.find((candidate) => candidate.name === name);
  if (scenario) return scenario;
  const names = faultScenarios.map((candidate) => candidate.name).join(", ");
  throw wrongOption(
    "faultScenario",
    "name",
    `there is no scenario named ${shown(name)}; there are: ${names}`,
  );
}

const operations: readonly FaultOperation[] = ["token", "start", "poll", "page", "artifact"];

/**
 * Every scenario at every operation of a vendor that it can hit.
 *
 * @example
 * ```ts
 * it.each(faultCases("authgear"))("$scenario.name at $operation", async ({ scenario, operation, expected }) => {
 *   const clock = createTestClock();
 *   const emulator = createAuthgearEmulator({ tokens, users: 1_000, clock });
 *   // ... up to the call that is to be hit
 *   const armed = await armScenario(scenario, { emulator, operation });
 *   // ... resume, and hold what your integration did against `expected`; FAULTS.md has a whole test
 *   expect(armed.fired).toBeGreaterThan(0);
 * });
 * ```
 */
export function faultCases(vendor: FaultVendor): readonly FaultCase[] {
  return faultScenarios.flatMap((scenario) =>
    operations
      .map((operation) => ({ scenario, operation, expected: expectedOf(scenario, vendor, operation) }))
      .filter(({ expected }) => expected.outcome !== "impossible"),
  );
}
