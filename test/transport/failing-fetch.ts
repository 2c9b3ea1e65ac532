import type { SentRequest } from "../client/harness.js";

/** A fetch failure as Node shows it. */
export function failure(code: string, syscall: string): TypeError {
  return new TypeError("fetch failed", {
    cause: Object.assign(new Error(`${syscall} ${code}`), { code, syscall }),
  });
}

/** Lets the first `times` attempts fail with what `fail` makes, and counts all. */
export function failing(times: number, fail: () => unknown) {
  let attempts = 0;
  const intercept = async (_: SentRequest, proceed: () => Promise<Response>) => {
    attempts += 1;
    if (attempts <= times) throw fail();
    return proceed();
  };
  return { intercept, attempts: () => attempts };
}
