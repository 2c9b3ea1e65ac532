/**
 * A header's value, trimmed; `undefined` where it is absent or empty. The very same value sent more than once, as some
 * proxies do, counts once: `fetch` joins the copies with commas.
 */
export function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers.get(name)?.trim();
  if (!value) return undefined;
  for (let times = 2; times <= MOST_COPIES; times++) {
    const length = (value.length - ", ".length * (times - 1)) / times;
    const once = value.slice(0, Math.max(0, length));
    if (Array(times).fill(once).join(", ") === value) return once;
  }
  return value;
}

const MOST_COPIES = 4;
