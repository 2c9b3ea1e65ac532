/** How many exports may be started in a day or a month (UTC). */
export interface AuthgearQuota {
  /** How many exports may be started in it. */
  readonly limit: number;
  /** What the limit counts in. */
  readonly period: "day" | "month";
  /** The error's form: what the server sends, or what the documentation shows. Default `"usage-limit"`. */
  readonly error?: "usage-limit" | "rate-limit";
}

/** Counts by period, and is reset at 00:00 UTC or on the 1st. */
export interface UsageCounter {
  /** Takes one unit; `false` where none is left. */
  take(now: number): boolean;
  reset(): void;
}

export function createUsageCounter(quota: AuthgearQuota | undefined): UsageCounter {
  let period = "";
  let used = 0;
  return {
    take(now) {
      if (quota === undefined) return true;
      const current = new Date(now).toISOString().slice(0, quota.period === "day" ? 10 : 7);
      if (current !== period) used = 0;
      period = current;
      if (used >= quota.limit) return false;
      used += 1;
      return true;
    },
    reset() {
      used = 0;
    },
  };
}
