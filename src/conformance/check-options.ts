import * as z from "#zod";
import { checkOptions } from "../provider/options.js";

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
export function checkConformanceOptions(options: unknown): void {
  checkOptions("testProvider", schema, options);
}
