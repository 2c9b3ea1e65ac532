/**
 * The file name of a Content-Disposition (RFC 6266), made safe to use as a name in a folder.
 */
export function fileNameOf(disposition: string | null): string | undefined {
  if (!disposition) return undefined;
  const extended = /;\s*filename\*\s*=\s*UTF-8'[^']*'([^;]+)/i.exec(disposition)?.[1];
  const plain = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(disposition);
  return safeFileName(decode(extended?.trim()) ?? plain?.[1]?.replace(/\\(.)/g, "$1") ?? plain?.[2]);
}

/** A name without path and control characters, and without dots at either end; `undefined` where nothing is left. */
export function safeFileName(name: string | undefined): string | undefined {
  const base = name?.split(/[\\/]/).pop() ?? "";
  const clean = base
    // Halves of characters have no place in a header either.
    .replace(/[\p{Cc}\p{Cs}<>:"|?*]/gu, "")
    .replace(/^[.\s]+/, "")
    // Windows drops dots and spaces at the end; two names would then be one.
    .replace(/[.\s]+$/, "");
  return clean === "" ? undefined : shortened(clean);
}

const LONGEST_NAME = 200;

/** Shortened in the middle, between characters, so that the ending still tells what the file is. */
function shortened(name: string): string {
  const characters = [...name];
  if (characters.length <= LONGEST_NAME) return name;
  const ending = /\.[^.]{1,16}$/.exec(name)?.[0] ?? "";
  const kept = characters.slice(0, LONGEST_NAME - [...ending].length).join("");
  return kept.replace(/[.\s]+$/, "") + ending;
}

function decode(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
