import type { ZephrRateLimit } from "./options.js";

/** Counts requests within a window that begins with its first request. */
export interface RateLimiter {
  /** The headers of a refusal, or `undefined` where the request may pass. */
  refuse(now: number): { readonly [name: string]: string } | undefined;
  reset(): void;
}

export function createRateLimiter(limit: ZephrRateLimit | undefined): RateLimiter {
  let begun = Number.NEGATIVE_INFINITY;
  let taken = 0;
  return {
    refuse(now) {
      if (limit === undefined) return undefined;
      if (now - begun >= limit.perMs) {
        begun = now;
        taken = 0;
      }
      taken += 1;
      if (taken <= limit.requests) return undefined;
      const seconds = Math.ceil((begun + limit.perMs - now) / 1000);
      return { [limit.header ?? "retry-after"]: String(seconds) };
    },
    reset() {
      begun = Number.NEGATIVE_INFINITY;
    },
  };
}
