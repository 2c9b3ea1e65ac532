import type { Connection } from "../connection.js";
import { type LinkedAbort, linkAbort } from "../model/abort.js";
import { type Budget, type BudgetLimits, budgetOf } from "../model/budget.js";
import { ExportError, type ExportErrorContext } from "../model/errors.js";

type Limit = "deadline" | "requests";

/** The connection as a call with a budget uses it: the same in all but that every request is counted. */
export function withBudget(connection: Connection, option: Budget | BudgetLimits): Connection {
  return { ...connection, budget: budgetOf(option) };
}

/** Which limit, if any, leaves no room for a request to be sent in `delayMs` ms. */
export function spentLimit(connection: Connection, delayMs = 0): Limit | undefined {
  if (isOverdue(connection, delayMs)) return "deadline";
  return connection.budget && connection.budget.requestsLeft < 1 ? "requests" : undefined;
}

/** Whether the deadline will have come in `delayMs` ms. */
export function isOverdue({ budget, settings }: Connection, delayMs = 0): boolean {
  return budget !== undefined && delayMs >= budget.msLeft(settings.clock);
}

/** Throws where the budget leaves no room for a request to be sent in `delayMs` ms. */
export function checkBudget(connection: Connection, delayMs: number, context: ExportErrorContext): void {
  const limit = spentLimit(connection, delayMs);
  if (limit === undefined) return;
  // The wait is not over because nobody is left to wait: whoever resumes has to keep it.
  const retryAt = delayMs > 0 ? new Date(connection.now() + delayMs) : undefined;
  throw budgetSpent(connection, limit, { retryAt, ...context });
}

/** Takes one request off the budget; throws where there is none left, or no time. */
export function spendRequest(connection: Connection, context: ExportErrorContext): void {
  checkBudget(connection, 0, context);
  connection.budget?.spend();
}

/** Has what runs aborted when the budget's deadline comes. */
export function abortAtDeadline(connection: Connection, link: LinkedAbort): void {
  const { budget, settings } = connection;
  if (budget === undefined || budget.deadline === Number.POSITIVE_INFINITY) return;
  const ms = Math.max(0, budget.msLeft(settings.clock));
  link.abortAfter(settings.clock, ms, () => budgetSpent(connection, "deadline"));
}

/** Runs a call that is cut off at the deadline; it then rejects with what says so. */
export async function untilDeadline<T>(
  connection: Connection,
  signal: AbortSignal | undefined,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const link = linkAbort(signal);
  abortAtDeadline(connection, link);
  try {
    return await call(link.signal);
  } finally {
    link.release();
  }
}

/**
 * The error that ends what runs under a budget: nothing has failed for good, and the caller can resume later. Its
 * `cause` is the failure that would have been retried, if there was one, and its `retryAt` says when.
 */
export function budgetSpent(
  connection: Connection,
  limit: Limit,
  context: ExportErrorContext = {},
): ExportError {
  const reason = limit === "deadline" ? "its deadline has come" : "it has no request left";
  const { cause } = context;
  return connection.error("TIMEOUT", `the budget is spent: ${reason}. Resume with a new one`, {
    ...context,
    retryable: true,
    retryAt: context.retryAt ?? (ExportError.isInstance(cause) ? cause.retryAt : undefined),
    details: { budget: limit, neverSent: true },
  });
}

/** Whether this is the end of a budget, whoever's it is: nothing to be retried. */
export function isBudgetSpent(error: unknown): error is ExportError {
  return ExportError.isInstance(error) && error.code === "TIMEOUT" && error.details?.budget !== undefined;
}

/** Whether this is the end of this call's own budget, and not of one that a callback or an adapter uses elsewhere. */
export function isOwnBudgetSpent(connection: Connection, error: unknown): error is ExportError {
  return connection.budget !== undefined && isBudgetSpent(error) && error.connection === connection.name;
}
