import { safeFileName } from "../model/file-name.js";
/**
 * A header's value, trimmed; `undefined` where it is absent or empty. The very same value sent more than once, as some
 * proxies do, counts once: `fetch` joins the copies with commas.
 */
export function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers.get(name)?.trim();
  if (!value) return undefined;
  // The most first: four copies are two of a pair, too.
  for (let times = MOST_COPIES; times > 1; times--) {
    const length = (value.length - ", ".length * (times - 1)) / times;
    const once = value.slice(0, Math.max(0, length));
    if (Array(times).fill(once).join(", ") === value) return once;
  }
  return value;
}

const MOST_COPIES = 4;

/**
 * The file name of a Content-Disposition (RFC 6266), made safe to use as a name in a folder.
 */
export function fileNameOf(disposition: string | null): string | undefined {
  if (!disposition) return undefined;
  const extended = /;\s*filename\*\s*=\s*UTF-8'[^']*'([^;]+)/i.exec(disposition)?.[1];
  const plain = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(disposition);
  return safeFileName(decode(extended?.trim()) ?? plain?.[1]?.replace(/\\(.)/g, "$1") ?? plain?.[2]);
}

function decode(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
