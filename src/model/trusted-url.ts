/** A URL that somebody else named, and what is wrong with it in words that complete "the URL …". */
export function readUrl(
  text: unknown,
  base?: URL,
): { readonly url?: URL; readonly problem?: string | undefined } {
  try {
    if (typeof text !== "string") throw text;
    const url = new URL(text, base);
    return { url, problem: urlProblem(url) };
  } catch {
    return { problem: "cannot be read" };
  }
}

/** Why a URL must not be asked, in words that complete "the URL …"; `undefined` where it may. Never repeats the URL. */
export function urlProblem(url: URL): string | undefined {
  if (url.username !== "" || url.password !== "") return "carries user info";
  if (url.protocol === "https:") return undefined;
  if (url.protocol !== "http:") return `has the scheme ${url.protocol}`;
  return isLoopback(url.hostname) ? undefined : "is http, which is accepted for loopback addresses only";
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
