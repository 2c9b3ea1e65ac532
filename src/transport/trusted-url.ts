/** Why a URL must not be asked, in words that complete "the URL …"; `undefined` where it may. Never repeats the URL. */
export function urlProblem(url: URL): string | undefined {
  if (url.username !== "" || url.password !== "") return "carries user info";
  if (url.protocol === "https:") return undefined;
  if (url.protocol !== "http:") return `has the scheme ${url.protocol}`;
  return isLoopback(url.hostname) ? undefined : "is http, which is accepted for loopback addresses only";
}

export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** A URL as it may be shown: without its query, where signatures live. */
export function showUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
