import { crc32, crc32c } from "./digest/crc32.js";
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
  crc32: { make: crc32, bytes: 4 },
  crc32c: { make: crc32c, bytes: 4 },
  md5: { make: md5, bytes: 16 },
  "sha-256": { make: sha256, bytes: 32 },
  sha256: { make: sha256, bytes: 32 },
  "sha-512": { make: sha512, bytes: 64 },
};

/**
 * The check of what an answer announces about its file; what is not known here is passed over.
 *
 * @param headers - those headers that speak of it, by name
 * @param by - who answered, in words
 */
export function createContentCheck(
  headers: readonly (readonly [name: string, value: string])[],
  by: string,
): ContentCheck {
  const digests = new Map<string, Digest>();
  const announced: { readonly header: string; readonly algorithm: string; readonly value: Uint8Array }[] = [];
  for (const [header, value] of headers) {
    for (const [algorithm, text] of statementsOf(header, value)) {
      const { make, bytes } = (Object.hasOwn(ALGORITHMS, algorithm) && ALGORITHMS[algorithm]) || {};
      const digest = readDigest(text, bytes);
      if (!make || digest === undefined) continue;
      if (!digests.has(algorithm)) digests.set(algorithm, make());
      announced.push({ header, algorithm, value: digest });
    }
  }
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

/** What a header says, by algorithm: its name has the algorithm, or its value is `name=value, name=value`. */
function statementsOf(header: string, value: string): (readonly [algorithm: string, digest: string])[] {
  const named = /^(?:x-amz-checksum|.*content)-(md5|crc32c?|sha256)$/.exec(header)?.[1];
  if (named !== undefined) return [[named, value]];
  return value.split(",").map((pair) => {
    const at = pair.indexOf("=");
    const text = pair.slice(at + 1).trim();
    // RFC 9530 puts its values between colons and allows parameters behind them; RFC 3230 before it did not.
    const digest = /^:([^:]*):(?:\s*;.*)?$/.exec(text)?.[1] ?? text;
    return [pair.slice(0, Math.max(0, at)).trim().toLowerCase(), digest];
  });
}

/** What is neither the Base64 of so many bytes nor their hexadecimal digits is not a statement. */
function readDigest(text: string, length: number | undefined): Uint8Array | undefined {
  const isHex = text.length === 2 * (length ?? 0) && /^[0-9a-f]*$/i.test(text);
  try {
    const digest = isHex
      ? Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
      : Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    return digest.length === length ? digest : undefined;
  } catch {
    return undefined;
  }
}
