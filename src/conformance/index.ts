/**
 * The cases that every adapter must pass, as data for any test runner.
 *
 * @module
 */
import * as z from "#zod";
import { checkOptions } from "../provider/options.js";
import type { Emulator } from "../testing/emulator.js";
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

const made = () => z.custom((value) => typeof value === "function", "must be a function");

// Made when it is called: importing makes nothing.
const schema = () =>
  z.strictObject({
    emulator: made(),
    provider: made(),
    request: z.unknown(),
    records: z.int("must be a whole number").check(z.positive("must be 1 or more")),
    identityOf: made(),
    secrets: z.optional(z.array(z.string())),
    invalidRequests: z.optional(z.array(z.unknown())),
    arrange: z.optional(
      z.strictObject({
        failed: z.optional(made()),
        forgotten: z.optional(made()),
        unknownStatus: z.optional(made()),
        grown: z.optional(made()),
      }),
    ),
    expected: z.optional(made()),
  });

/** A misspelt option would leave its cases out, and nobody would see it. */
function checkConformanceOptions(options: unknown): void {
  checkOptions("testProvider", schema, options);
}
