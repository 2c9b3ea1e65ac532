import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { createRedactor } from "../../src/model/redact.js";
import { bundleProgram } from "../node/bundle-program.js";
import { runs } from "../support/runs.js";
import type { GrowthReport } from "./growth-child.js";

const KIB = 1024;
/** Of nine calls each, behind those that warm up. */
const ROUNDS = runs(60);

it("a client keeps nothing of its calls, however many", { timeout: 120_000 }, async () => {
  const program = await bundleProgram("../leaks/growth-child.ts");
  onTestFinished(program.remove);
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", program.path, `${ROUNDS}`]);
  const { calls, requests, before, after, listeners, mostListeners } = JSON.parse(stdout) as GrowthReport;
  expect(calls).toBe((80 + ROUNDS) * 9);
  expect(requests).toBeGreaterThan(calls);
  // Two kilobytes left of each call would be more; what a connection learns is counted below.
  expect(after - before).toBeLessThan((1_000 + ROUNDS * 5) * KIB);
  expect(listeners).toBe(0);
  expect(mostListeners).toBeLessThanOrEqual(2);
});

describe("the secrets that a connection learns", () => {
  const secret = (number: number) => `signature-${String(number).padStart(8, "0")}`;
  const isHidden = (redactor: ReturnType<typeof createRedactor>, text: string) =>
    !redactor.text(text).includes(text);

  it("are bounded: of very many the last ones are hidden, and those of the beginning for ever", () => {
    const redactor = createRedactor(["client-secret-1", "client-secret-2"]);
    for (let number = 0; number < 20_000; number++) redactor.add(secret(number));
    const hidden = Array.from({ length: 20_000 }, (_, number) => number).filter(
      // A sample of the old ones, and all of the new.
      (number) => (number % 100 === 0 || number >= 18_500) && isHidden(redactor, secret(number)),
    );
    expect(hidden.length).toBeLessThanOrEqual(1_000);
    expect(hidden.length).toBeGreaterThan(100);
    expect(hidden.at(0)).toBe(20_000 - hidden.length);
    expect(isHidden(redactor, "client-secret-1")).toBe(true);
    expect(isHidden(redactor, "client-secret-2")).toBe(true);
  });

  it("stay hidden as long as they are in use", () => {
    const redactor = createRedactor();
    for (let number = 0; number < 5_000; number++) {
      redactor.add("a-token-in-use-1");
      redactor.add(secret(number));
    }
    expect(isHidden(redactor, "a-token-in-use-1")).toBe(true);
  });
});
