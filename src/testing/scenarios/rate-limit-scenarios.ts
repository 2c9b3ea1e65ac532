import { everyRequest } from "./every-request.js";
import { everywhere, failsForNow, recovers } from "./expectations.js";
import type { FaultExpectation, FaultScenario, ScenarioFault } from "./scenario.js";

const second = 1_000;
const minute = 60 * second;
const year = 365 * 24 * 60 * minute;

function rateLimit(
  name: string,
  asked: string,
  { fault, times }: ScenarioFault,
  expected: FaultExpectation = recovers,
): FaultScenario {
  return {
    name: `rate-limit-${name}`,
    title: `HTTP 429, and \`Retry-After\` ${asked}`,
    faults: [{ fault, times: times ?? 1 }],
    // A refused start took no effect, so it may be repeated.
    expected: everywhere(expected),
  };
}

const limited = (retryAfterMs: number, form: "seconds" | "date"): ScenarioFault => ({
  fault: { type: "rate-limit", retryAfterMs, form },
});
const absurd = failsForNow("RATE_LIMITED");

/** Too many requests, and how long to stay away: waited for up to 5 minutes, an error with `retryAt` above. */
export const rateLimitScenarios: readonly FaultScenario[] = [
  rateLimit("seconds", "says 2 seconds", limited(2 * second, "seconds")),
  rateLimit("date", "is a date 2 seconds ahead", limited(2 * second, "date")),
  rateLimit("long-seconds", "says 4 minutes, in seconds", limited(4 * minute, "seconds")),
  rateLimit("long-date", "is a date 4 minutes ahead", limited(4 * minute, "date")),
  rateLimit(
    "absurd-seconds",
    "says 10 years, in seconds",
    { ...limited(10 * year, "seconds"), times: everyRequest },
    absurd,
  ),
  rateLimit(
    "absurd-date",
    "is a date 10 years ahead",
    { ...limited(10 * year, "date"), times: everyRequest },
    absurd,
  ),
  rateLimit("unreadable", "is neither seconds nor a date", {
    fault: { type: "status", status: 429, headers: { "retry-after": "soon" } },
  }),
];
