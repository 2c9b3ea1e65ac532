import type { ContentCheck } from "./content-check.js";
import { isEncoded } from "./content-length.js";
import type { Flow } from "./flow.js";

const HEADERS = [
  "content-md5",
  "content-digest",
  "digest",
  "repr-digest",
  "x-goog-hash",
  "x-ms-blob-content-md5",
];

/**
 * The check of a file that is read from its beginning, by what the first answer announces. Loaded only where there is
 * something to check; what is decompressed on the way is not what the store speaks of.
 */
export async function announcedContent({ headers, whole, by }: Flow): Promise<ContentCheck | undefined> {
  if (isEncoded(headers) || !HEADERS.some((name) => headers.has(name))) return undefined;
  const { createContentCheck } = await import("./content-check.js");
  return createContentCheck(headers, HEADERS, whole, by);
}
