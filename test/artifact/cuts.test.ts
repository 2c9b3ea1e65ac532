import { expect, it } from "vitest";
import { downloadWithCuts } from "../../bench/cut-download.js";

it.each([1, 20261122])(
  "5 MB over sockets, cut at 20 places while URLs end: the same bytes (seed %i)",
  async (seed) => {
    const result = await downloadWithCuts({ users: 7_500, cuts: 20, seed });
    expect(result.expectedBytes).toBeGreaterThan(5_000_000);
    expect(result.bytes).toBe(result.expectedBytes);
    expect(result.sha256).toBe(result.expectedSha256);
    expect(result.cutsLeft).toBe(0);
    // A cut that takes the first bytes along with it is a retry and not a resumption.
    expect(result.resumedAt.length).toBeGreaterThan(15);
    expect(result.located).toBe(result.resumedAt.length + 1);
    expect(result.refused).toBe(Math.ceil(result.resumedAt.length / 2));
  },
);
