import { safeFileName } from "../model/file-name.js";

/** The file name of a Content-Disposition (RFC 6266), made safe to use as a name in a folder. */
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
