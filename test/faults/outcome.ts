import type { Run } from "./run-case.js";

/** What the document says of a run, in a few words. */
export type Outcome = string;

export function outcomeOf(run: Run, undisturbed: Run | undefined): Outcome {
  const { error, requests, events } = run;
  if (!error) {
    const more = requests.length - (undisturbed?.requests.length ?? 0);
    return more > 0 ? `recovers, ${more} ${more === 1 ? "request" : "requests"} more` : "recovers";
  }
  const code = `\`${error.code}\``;
  if (error.code === "START_OUTCOME_UNKNOWN") return `${code}, sent once`;
  if (error.retryAt) return `${code} at once, with \`retryAt\``;
  const retries = Math.max(0, ...events.map((event) => (event.type === "retry" ? event.retry : 0)));
  return retries > 0 ? `${code} after ${retries} retries` : code;
}
