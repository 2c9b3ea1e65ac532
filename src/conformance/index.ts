/**
 * The cases that every adapter must pass, as data for any test runner.
 *
 * @module
 */
import type { Emulator } from "../testing/emulator.js";
import { checkConformanceOptions } from "./check-options.js";
import type { ConformanceCase, ConformanceOptions } from "./conformance-case.js";
import { failureCases } from "./failure-cases.js";
import { faultCases } from "./fault-cases.js";
import { recordsCases } from "./records-cases.js";
import { resumeCases } from "./resume-cases.js";
import { secretsCases } from "./secrets-cases.js";

export type { ConformanceCase, ConformanceClock, ConformanceOptions } from "./conformance-case.js";

/**
 * What an adapter must do, one test each: records whole and in order, one request for a start and for a poll, jobs and
 * checkpoints that another process resumes with, every fault at every operation, no secret anywhere. Each case makes an
 * emulator and a client of its own and takes milliseconds: time is virtual.
 *
 * @example
 * ```ts
 * import { testProvider } from "exportkit/conformance";
 * import { it } from "vitest";
 *
 * const cases = testProvider({
 *   emulator: (clock) => createZephrEmulator({ keys: { key: "a-secret-key" }, users: 60, clock }),
 *   provider: (emulator) => zephr({ baseUrl: emulator.endpoint, accessKey: "key", secretKey: "a-secret-key" }),
 *   request: { pageSize: 10 },
 *   records: 60,
 *   identityOf: (record) => (record as { user: { user_id: string } }).user.user_id,
 *   secrets: ["a-secret-key"],
 * });
 * for (const { name, run } of cases) it(name, run);
 * ```
 *
 * @throws `CONFIG_INVALID`, naming every option that is missing, misspelt or wrong
 */
export function testProvider<E extends Emulator>(options: ConformanceOptions<E>): readonly ConformanceCase[] {
  checkConformanceOptions(options);
  return [
    ...recordsCases(options),
    ...failureCases(options),
    ...resumeCases(options),
    ...secretsCases(options),
    ...faultCases(options),
  ];
}
