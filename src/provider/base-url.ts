import { readUrl } from "../model/trusted-url.js";

/** Text, or what a `URL` object says. By shape: it may be of another realm. */
export function addressText(value: unknown): unknown {
  const href = typeof value === "object" && value !== null ? (value as Partial<URL>).href : undefined;
  return typeof href === "string" ? href : value;
}

/**
 * What is wrong with the address that paths of an API are put behind, in words that follow the option's name. It may have
 * a path of its own, as gateways do, but not already that of the API.
 *
 * @example
 * ```ts
 * baseUrlProblem("https://shop.example/api/v1", "https://shop.example", /\/api\/v1$/);
 * // "must be without /api/v1 at its end, which is added here"
 * baseUrlProblem("https://gateway.example/shop", "https://shop.example", /\/api\/v1$/); // undefined
 * ```
 */
export function baseUrlProblem(value: unknown, example: string, api: RegExp): string | undefined {
  const { url, problem } = readUrl(value);
  if (!url) return `must be a URL such as ${example}`;
  // A URL is read without it, and an environment variable often ends with a line break.
  if (value !== String(value).trim()) return "must not begin or end with white space";
  if (problem) return `the URL ${problem}`;
  if (url.search !== "" || url.hash !== "") return "must have no query and no fragment";
  const path = api.exec(withoutSlashes(url.pathname))?.[0];
  return path === undefined ? undefined : `must be without ${path} at its end, which is added here`;
}

/**
 * What is wrong with the address of one endpoint, such as a token endpoint, in words that follow the option's name.
 *
 * @example
 * ```ts
 * endpointProblem("https://login.example", "https://login.example/oauth/token");
 * // "must be the endpoint with its path, such as /oauth/token"
 * ```
 */
export function endpointProblem(value: unknown, example: string): string | undefined {
  const { url, problem } = readUrl(value);
  if (!url) return `must be a URL such as ${example}`;
  if (problem) return `the URL ${problem}`;
  if (url.hash !== "") return "must have no fragment";
  if (url.pathname !== "/") return undefined;
  return `must be the endpoint with its path, such as ${new URL(example).pathname}`;
}

/**
 * A sound address without a slash at its end.
 *
 * @example
 * ```ts
 * baseUrlOf("https://gateway.example/shop/"); // "https://gateway.example/shop"
 * ```
 */
export function baseUrlOf(text: string): string {
  const { origin, pathname } = new URL(text);
  return origin + withoutSlashes(pathname);
}

/** Without slashes at its end. By hand: `\/+$` takes quadratic time. */
function withoutSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === "/") end -= 1;
  return path.slice(0, end);
}
