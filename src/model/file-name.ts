// What no file system takes, or nobody sees: controls, halves of characters, direction marks, joiners, fillers.
const DROPPED =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800<>:"|?*]/gu;

// Devices in every folder of Windows, with any ending.
const RESERVED = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)/i;

/**
 * A name for any folder of any system: without path, without what is reserved or cannot be seen, without dots at either
 * end, and short enough. `undefined` where nothing is left.
 */
export function safeFileName(name: string | undefined): string | undefined {
  const base = name?.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1) ?? "";
  const clean = trimmedEnd(base.replace(DROPPED, "").replace(/^[.\s]+/, ""));
  if (clean === "") return undefined;
  return shortened(RESERVED.test(clean) ? `_${clean}` : clean);
}

/** Windows drops dots and spaces at the end; two names would then be one. By hand: `[.\s]+$` takes quadratic time. */
function trimmedEnd(name: string): string {
  let end = name.length;
  while (end > 0 && (name[end - 1] === "." || name[end - 1]?.trim() === "")) end -= 1;
  return name.slice(0, end);
}

// File systems count bytes and allow 255; what lies beside a file while it is saved has a longer name.
const LONGEST_NAME = 200;

/** Shortened in the middle, between characters, so that the ending still tells what the file is. */
function shortened(name: string): string {
  const encoder = new TextEncoder();
  const bytes = (text: string) => encoder.encode(text).length;
  // A code unit has three bytes at most.
  if (name.length * 3 <= LONGEST_NAME || bytes(name) <= LONGEST_NAME) return name;
  const ending = /\.[^.]{1,16}$/u.exec(name)?.[0] ?? "";
  let left = LONGEST_NAME - bytes(ending);
  let kept = "";
  for (const character of name.slice(0, name.length - ending.length)) {
    left -= bytes(character);
    if (left < 0) break;
    kept += character;
  }
  return trimmedEnd(kept) + ending;
}
