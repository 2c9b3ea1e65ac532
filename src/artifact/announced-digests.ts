import { isStoredAsServed } from "./content-encoding.js";
import { type FileHeaders, headerOf } from "./file-headers.js";

// With a part of a file they are of the part.
const OF_BODY = [
  "content-md5",
  "content-digest",
  "x-amz-checksum-crc32",
  "x-amz-checksum-crc32c",
  "x-amz-checksum-sha256",
];
const OF_FILE = ["digest", "repr-digest", "x-goog-hash", "x-ms-blob-content-md5"];

/**
 * The headers that tell checksums of the file, by name; what is decompressed on the way is not what the store speaks of.
 *
 * @param whole - whether the body is the whole file
 */
export function announcedDigests({ all, coding }: FileHeaders, whole: boolean): [string, string][] {
  if (coding) return [];
  return (whole ? [...OF_BODY, ...OF_FILE] : OF_FILE).flatMap((name) => {
    const value = name === "x-goog-hash" && !isStoredAsServed(all) ? undefined : headerOf(all, name);
    return value === undefined ? [] : [[name, value]];
  });
}
