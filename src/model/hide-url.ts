import type { Redactor } from "./redact.js";

// Shorter pieces are ordinary words and numbers, and so are those of letters alone up to some length: "download".
const SHORTEST_PIECE = 8;
const SHORTEST_WORD = 16;
// A path of nothing but such words, and of versions, is not a secret, and messages speak of it: "/v3/users/export".
const PLAIN_PATH = /^(\/([a-z]{0,15}|v\d{1,2}))*$/i;

/**
 * Keeps a URL that a server named (a signed one, or the target of a redirect) out of whatever is shown: what is behind
 * the origin, whole and in the pieces in which a store or a library may quote it.
 *
 * @param names - the caller's own, which a server must not be able to take out of messages
 */
export function hideUrl(redactor: Redactor, url: URL, ...names: readonly (string | undefined)[]): void {
  const { pathname, search, hash } = url;
  const segments = pathname.split("/");
  const raw = [pathname + search + hash, pathname + search, pathname, pathname.slice(1), search].filter(
    (piece) => !PLAIN_PATH.test(`/${piece.replace(/^\//, "")}`),
  );
  raw.push(
    ...[search.slice(1), hash.slice(1), ...segments, ...search.slice(1).split(/[&=]/)].filter(isTelling),
    ...[...url.searchParams.values()].filter(isTelling),
  );
  const forms = raw.flatMap((piece) => [piece, decoded(piece)]);
  redactor.add(...forms.filter((form) => !names.includes(form)));
}

function isTelling(piece: string): boolean {
  return piece.length >= (/^[a-z]*$/i.test(piece) ? SHORTEST_WORD : SHORTEST_PIECE);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
