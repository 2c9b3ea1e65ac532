import { ExportError } from "exportkit";
import type { TestClock } from "exportkit/testing";

/** What came of something: a value, or one of our errors. */
export type Outcome<T> = { readonly value: T } | { readonly error: ExportError };

export interface HarmlessOptions {
  /** The clock of what is done; when it is over no timer may wait on it. */
  readonly clock?: TestClock;
  /** How much virtual time it may take, in ms. Default a week. */
  readonly budgetMs?: number;
  /** Words that must not show in an error. */
  readonly secrets?: readonly string[];
}

// Real time, and only to tell a hang from an end: nothing here waits for real.
const HANGS_AFTER_MS = 20_000;
const LONGEST_MESSAGE = 256 * 1024;
const MARK = "polluted";
const codes: ReadonlySet<string> = new Set(
  (
    "CONFIG_INVALID REQUEST_INVALID UNAUTHORIZED FORBIDDEN NOT_FOUND RATE_LIMITED QUOTA_EXCEEDED CONCURRENCY_LIMIT " +
    "EXPORT_DISABLED PROVIDER_UNAVAILABLE RESPONSE_INVALID NETWORK START_OUTCOME_UNKNOWN EXPORT_FAILED EXPORT_EXPIRED " +
    "JOB_INVALID JOB_NOT_READY ARTIFACT_MISSING ARTIFACT_CHANGED INTEGRITY DOWNLOAD_STALLED DECODE_FAILED " +
    "RECORD_INVALID LIMIT_EXCEEDED TIMEOUT NOT_SUPPORTED ALREADY_CONSUMED"
  ).split(" "),
);

/**
 * Does something with hostile input and fails unless it ends as it may: soon, with a value or a sound `ExportError`, with
 * no rejection left to nobody, no timer left on the clock, and no prototype changed.
 */
export async function harmless<T>(
  act: () => T | Promise<T>,
  { clock, budgetMs = 7 * 24 * 60 * 60 * 1000, secrets = [] }: HarmlessOptions = {},
): Promise<Outcome<T>> {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  const begun = clock?.now() ?? 0;
  process.on("unhandledRejection", note);
  try {
    const outcome = await settled(act);
    await turns(2);
    for (let turn = 0; turn < 20 && clock && clock.waiting > 0; turn++) await turns(1);
    if (unhandled.length > 0) throw new Error("a rejection was left to nobody", { cause: unhandled[0] });
    if (clock && clock.waiting > 0) throw new Error(`${clock.waiting} timers were left`);
    if (clock && clock.now() - begun > budgetMs) throw new Error(`it took ${clock.now() - begun} virtual ms`);
    if (MARK in {}) throw new Error("a prototype was changed");
    if ("error" in outcome) checkError(outcome.error, secrets);
    return outcome;
  } finally {
    process.off("unhandledRejection", note);
    delete (Object.prototype as { [MARK]?: unknown })[MARK];
  }
}

async function settled<T>(act: () => T | Promise<T>): Promise<Outcome<T>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hang = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("it hangs")), HANGS_AFTER_MS);
  });
  try {
    return { value: await Promise.race([(async () => act())(), hang]) };
  } catch (error) {
    if (ExportError.isInstance(error)) return { error };
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function checkError(error: ExportError, secrets: readonly string[]): void {
  const shown = JSON.stringify(error.toJSON());
  if (!codes.has(error.code)) throw new Error(`an error of an unknown code: ${shown}`);
  if (error.message === "" || error.message.length > LONGEST_MESSAGE) {
    throw new Error(`a message of ${error.message.length} characters`);
  }
  if (/\[object \w+\]/.test(error.message))
    throw new Error(`a message that shows no value: ${error.message}`);
  if (error.retryAt && Number.isNaN(error.retryAt.getTime())) throw new Error(`no time in retryAt: ${shown}`);
  const everything = `${shown} ${error.message} ${error.stack}`;
  for (const secret of secrets) if (everything.includes(secret)) throw new Error(`a secret shows: ${shown}`);
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
