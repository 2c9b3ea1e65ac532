import * as z from "#zod";
import { type Clock, systemClock } from "./clock.js";
import { ExportError } from "./errors.js";
import { describeIssues } from "./issues.js";
import { ownProperties, unpolluted } from "./own-properties.js";
import { isDate } from "./realm.js";

/** What a budget is made of: at least one of the two. */
export interface BudgetLimits {
  /** When to be done, as a `Date` or in ms since the epoch. Leave time for what follows the call. */
  readonly deadline?: Date | number | undefined;
  /** How many HTTP requests may be sent: retries, redirects and requests for tokens count too. */
  readonly requests?: number | undefined;
}

/** What one invocation may still spend; made by {@link createBudget}. */
export interface Budget {
  /** In ms since the epoch; `Infinity` without one. */
  readonly deadline: number;
  /** `Infinity` without a limit. */
  readonly requestsLeft: number;
  /**
   * How many ms are left until the deadline, 0 or less once it has come. From the first call on a clock that is set back
   * does not put the deadline off.
   */
  msLeft(clock: Clock): number;
  /** Takes requests off the budget, 1 unless told otherwise: also those you send yourself. */
  spend(requests?: number): void;
}

/**
 * Makes a budget for an invocation that its platform will end: a deadline, a number of HTTP requests, or both. Pass the
 * same one to every call of the invocation. Once it is spent, `waitForExport` resolves with the job as it stands and a
 * download ends early, with `complete` still `false`; the next invocation resumes with the job and the checkpoint.
 *
 * Resuming takes a status request, a sign-in, a file's address and the file, and a retry here and there: a budget of
 * fewer than 8 requests may end before it gets anywhere.
 *
 * @example
 * ```ts
 * const budget = createBudget({ deadline: Date.now() + 25_000, requests: 40 });
 * const waited = await client.waitForExport(job, { budget });
 * if (waited.status !== "succeeded") return save({ job: waited });
 * const download = await client.download(waited, { checkpoint, budget });
 * for await (const user of download) await upsert(user);
 * await save({ job: waited, checkpoint: download.checkpoint(), complete: download.complete });
 * ```
 *
 * @throws `CONFIG_INVALID`, naming the field
 */
export function createBudget(given: BudgetLimits): Budget {
  const limits = ownProperties(given);
  const checked = unpolluted(() => schema().safeParse(limits));
  if (!checked.success)
    throw new ExportError("CONFIG_INVALID", ...describeIssues("the budget", checked.error.issues, given));
  const { deadline, requests } = limits;
  let requestsLeft = requests ?? Number.POSITIVE_INFINITY;
  const end = deadline === undefined ? Number.POSITIVE_INFINITY : Number(deadline);
  /** When it ends by each clock's monotonic time, as its wall clock had it at the first look. */
  const steadyEnds = new WeakMap<Clock, number>();
  const msLeft = (clock: Clock): number => {
    const left = end - clock.now();
    const elapsed = clock.monotonic?.();
    if (elapsed === undefined) return left;
    const steadyEnd = steadyEnds.get(clock) ?? elapsed + left;
    steadyEnds.set(clock, steadyEnd);
    // The earlier of the two: a platform that ends an invocation asks neither.
    return Math.min(left, steadyEnd - elapsed);
  };
  msLeft(systemClock);
  return {
    deadline: end,
    msLeft,
    get requestsLeft() {
      return requestsLeft;
    },
    spend(spent = 1) {
      if (!Number.isSafeInteger(spent) || spent < 0) {
        const message = "budget.spend: the number of requests must be a whole number, 0 or more";
        throw new ExportError("CONFIG_INVALID", message, { details: { field: "requests" } });
      }
      requestsLeft = Math.max(0, requestsLeft - spent);
    },
  };
}

/** A budget as it is given: one that is shared between calls, or limits for this call alone. */
export function budgetOf(option: Budget | BudgetLimits): Budget {
  return isBudget(option) ? option : createBudget(option);
}

/** By shape: two copies of the package may meet. */
function isBudget(option: Budget | BudgetLimits | null): option is Budget {
  return typeof option === "object" && option !== null && "spend" in option;
}

// Earlier than this (1973) nobody means a moment: it is a duration.
const EARLIEST_MS = 100_000_000_000;

const schema = () =>
  z
    .strictObject({
      deadline: z.optional(
        z
          .custom<Date | number>(
            (value) => (typeof value === "number" || isDate(value)) && !Number.isNaN(Number(value)),
            "must be a Date or a number of ms since the epoch",
          )
          .check(
            z.refine(
              (value) => Number(value) >= EARLIEST_MS,
              "must be a point in time and not a duration, such as Date.now() + 25_000",
            ),
          ),
      ),
      requests: z.optional(
        z.int("must be a whole number of requests").check(z.nonnegative("must be 0 or more")),
      ),
    })
    .check(
      z.refine(
        ({ deadline, requests }) => deadline !== undefined || requests !== undefined,
        "it must have a deadline, a number of requests, or both",
      ),
    );
