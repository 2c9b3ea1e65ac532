import { crc32c } from "./digest/crc32c.js";
import type { Digest } from "./digest/digest.js";
import { md5 } from "./digest/md5.js";
import { sha256 } from "./digest/sha256.js";
import { sha512 } from "./digest/sha512.js";

/** Compares a file with what its store says of the content, while it is read. */
export interface ContentCheck {
  update(bytes: Uint8Array): void;
  /** What the content contradicts, in words that follow "the file"; called once, at its end. */
  finish(): string | undefined;
}

const ALGORITHMS: { readonly [name: string]: { readonly make: () => Digest; readonly bytes: number } } = {
  crc32c: { make: crc32c, bytes: 4 },
  md5: { make: md5, bytes: 16 },
  "sha-256": { make: sha256, bytes: 32 },
  "sha-512": { make: sha512, bytes: 64 },
};

/**
 * The check of what an answer announces about its file; `undefined` where that is nothing that is known here.
 *
 * @param headers - those headers that speak of it, by name
 * @param by - who answered, in words
 */
export function createContentCheck(
  headers: readonly (readonly [name: string, value: string])[],
  by: string,
): ContentCheck | undefined {
  const digests = new Map<string, Digest>();
  const announced: { readonly header: string; readonly algorithm: string; readonly value: Uint8Array }[] = [];
  for (const [header, value] of headers) {
    for (const [algorithm, text] of header.endsWith("-md5") ? [["md5", value] as const] : pairsOf(value)) {
      const { make, bytes } = (Object.hasOwn(ALGORITHMS, algorithm) && ALGORITHMS[algorithm]) || {};
      const digest = readBase64(text);
      if (!make || digest === undefined || digest.length !== bytes) continue;
      if (!digests.has(algorithm)) digests.set(algorithm, make());
      announced.push({ header, algorithm, value: digest });
    }
  }
  if (announced.length === 0) return undefined;
  return {
    update(bytes) {
      for (const digest of digests.values()) digest.update(bytes);
    },
    finish() {
      const found = new Map(Array.from(digests, ([algorithm, digest]) => [algorithm, digest.finish()]));
      const wrong = announced.find(({ algorithm, value }) => `${found.get(algorithm)}` !== `${value}`);
      return wrong && `came damaged: its content is not what ${by} says in ${wrong.header}`;
    },
  };
}

/** `name=value, name=value`; RFC 9530 puts its values between colons, and RFC 3230 before it did not. */
function pairsOf(value: string): (readonly [string, string])[] {
  return value.split(",").map((pair) => {
    const at = pair.indexOf("=");
    const text = pair.slice(at + 1).trim();
    return [pair.slice(0, Math.max(0, at)).trim().toLowerCase(), text.replace(/^:(.*):$/, "$1")] as const;
  });
}

/** What is no base64 is no statement either. */
function readBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
