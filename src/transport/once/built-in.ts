import type { OnceInit, OnceOutcome } from "./contract.js";

type Fetch = typeof globalThis.fetch;

/**
 * Whether a global `fetch` is the runtime's own. One that a test or an instrumentation has put in its place must get
 * the request, and what it does with it nobody knows.
 */
export function isBuiltIn(fetch: Fetch): boolean {
  return /^function fetch\(/.test(Function.prototype.toString.call(fetch));
}

/** Sends by the global `fetch`, whoever put it there. */
export async function sendByFetch(
  url: string,
  init: OnceInit,
  extra: { readonly [option: string]: unknown } = {},
): Promise<OnceOutcome> {
  try {
    return { response: await globalThis.fetch(url, { ...init, ...extra } as RequestInit) };
  } catch (error) {
    return { error };
  }
}
