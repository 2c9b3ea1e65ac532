import type { ContentCheck } from "./content-check.js";
import { isEncoded, isStoredAsServed } from "./content-length.js";
import type { FileBody } from "./file-body.js";
import { headerOf } from "./header.js";

// With a part of a file they are of the part.
const OF_BODY = ["content-md5", "content-digest"];
const OF_FILE = ["digest", "repr-digest", "x-goog-hash", "x-ms-blob-content-md5"];

/**
 * The check of a file that is read from its beginning, by what the first answer announces. Loaded only where there is
 * something to check; what is decompressed on the way is not what the store speaks of.
 */
export async function announcedContent({ headers, whole, by }: FileBody): Promise<ContentCheck | undefined> {
  if (isEncoded(headers)) return undefined;
  const announced = (whole ? [...OF_BODY, ...OF_FILE] : OF_FILE).flatMap((name) => {
    const value = name === "x-goog-hash" && !isStoredAsServed(headers) ? undefined : headerOf(headers, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  if (announced.length === 0) return undefined;
  const { createContentCheck } = await import("./content-check.js");
  return createContentCheck(announced, by);
}
