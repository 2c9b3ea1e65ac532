import { describe, expect, it } from "vitest";
import { shortfalls } from "./judge.js";
import { observe } from "./observe.js";
import { type Check, type TextCase, textCases } from "./text-case.js";

/** Why none of the outcomes came true; nothing where one did. */
async function verdict(found: TextCase, check: Check): Promise<readonly string[]> {
  const why: string[] = [];
  for (const options of check.tryOptions ?? [check.options]) {
    const seen = await observe(found, check, options);
    for (const outcome of check.any) {
      const missing = shortfalls(outcome, seen);
      if (missing.length === 0) return [];
      why.push(...missing);
    }
  }
  return why;
}

const checks = textCases().flatMap((found) =>
  found.checks.map((check, index) => ({
    found,
    check,
    id: `${found.kind}: ${found.name} (${check.read}, ${index + 1})`,
  })),
);

describe("a case", () => {
  for (const { found, check, id } of checks) {
    it(id, async () => expect(await verdict(found, check)).toEqual([]));
  }
});
