import { describe, expect, it } from "vitest";
import { backoffMs } from "../../src/transport/retry.js";

const settings = {
  retries: 3,
  patienceMs: 0,
  minDelayMs: 250,
  maxDelayMs: 30_000,
  maxRetryAfterMs: 300_000,
  maxElapsedMs: 1_200_000,
};
const upper = (retry: number) => backoffMs(retry, settings, () => 0.999999);

describe("backoffMs", () => {
  it("doubles the ceiling with every retry, up to the longest", () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9].map(upper)).toEqual([
      250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000,
    ]);
  });

  it("draws from the whole span, from nothing to the ceiling", () => {
    expect(backoffMs(3, settings, () => 0)).toBe(0);
    expect(backoffMs(3, settings, () => 0.25)).toBe(250);
  });

  it("stays finite after ever so many retries", () => {
    expect(upper(5_000)).toBe(30_000);
  });
});
