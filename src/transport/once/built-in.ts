import { ownProperties } from "../../model/own-properties.js";
import type { Fetch, OnceInit } from "./contract.js";

// Bun's, and Deno's of several versions. Whatever else is called `fetch`, is bound or is a Proxy is somebody else's.
const SOURCES = [
  /^function fetch\(\) \{\s*\[native code\]\s*\}$/,
  /^function fetch\(\.\.\.\w+\) ?\{\s*return lazyFetch\(\)/,
  /^function fetch\(input, init = \{ __proto__: null \}\) \{/,
];

/**
 * Whether a global `fetch` is the runtime's own. One that a test or an instrumentation has put in its place must get
 * the request, and what it does with it nobody knows.
 */
export function isBuiltIn(fetch: unknown): boolean {
  if (typeof fetch !== "function") return false;
  const source = Function.prototype.toString.call(fetch);
  return SOURCES.some((own) => own.test(source));
}

/** Sends by the caller's own `fetch`, or by the global one, whoever put it there. */
export function sendByFetch(
  url: string,
  init: OnceInit,
  ownFetch: Fetch | undefined,
  extra: { readonly [option: string]: unknown } = {},
): Promise<Response> {
  const all = ownProperties({ ...init, ...extra }) as RequestInit;
  return ownFetch ? ownFetch(url, all) : globalThis.fetch(url, all);
}
