/**
 * The file name of a Content-Disposition (RFC 6266), made safe to use as a name in a folder: no path, no control
 * characters, no leading dots.
 */
export function fileNameOf(disposition: string | null): string | undefined {
  if (!disposition) return undefined;
  const extended = /;\s*filename\*\s*=\s*UTF-8'[^']*'([^;]+)/i.exec(disposition)?.[1];
  const plain = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(disposition);
  return safeFileName(decode(extended?.trim()) ?? plain?.[1]?.replace(/\\(.)/g, "$1") ?? plain?.[2]);
}

/** A name without path, control characters and leading dots; `undefined` where nothing is left. */
export function safeFileName(name: string | undefined): string | undefined {
  const base = name?.split(/[\\/]/).pop() ?? "";
  const clean = base
    .replace(/[\p{Cc}<>:"|?*]/gu, "")
    .replace(/^\.+/, "")
    .trim();
  return clean === "" ? undefined : clean.slice(0, 200);
}

function decode(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
