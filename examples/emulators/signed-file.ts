// A store behind signed URLs, as Amazon's, Google's and Azure's are: it checks the signature, its end, and that no other
// credentials come along; it answers ranges, and names a strong validator.
import { createHmac } from "node:crypto";
import {
  type EmulatorReply,
  type EmulatorRequest,
  type ReplyOverrides,
  rangeReply,
  selectRange,
  textReply,
} from "exportkit/testing";

/** A URL that is good until `until` (ms since the epoch). */
export function signedUrl(origin: string, path: string, until: number): string {
  return `${origin}${path}?se=${encodeURIComponent(new Date(until).toISOString())}&sig=${signature(path, until)}`;
}

/** Answers a request for one of the files. */
export function serveFile(
  { url, headers }: EmulatorRequest,
  { expired, missing }: ReplyOverrides,
  now: number,
  file: { readonly bytes: Uint8Array; readonly etag: string; readonly contentType: string } | undefined,
): EmulatorReply {
  const refuse = (status: number, code: string) =>
    textReply(status, "application/xml", `<Error><Code>${code}</Code></Error>`);
  if (headers.has("authorization")) return refuse(400, "InvalidArgument");
  const until = Date.parse(url.searchParams.get("se") ?? "");
  const isSigned = url.searchParams.get("sig") === signature(url.pathname, until);
  if (expired || !isSigned || !(now < until)) return refuse(403, "AccessDenied");
  if (missing || !file) return refuse(404, "NoSuchKey");
  const { bytes, etag, contentType } = file;
  const condition = headers.get("if-range");
  const range = selectRange(
    condition === null || condition === etag ? headers.get("range") : null,
    bytes.length,
  );
  if (range.kind === "unsatisfiable")
    return textReply(416, "text/plain", "", { "content-range": `bytes */${bytes.length}` });
  const part = rangeReply(range, bytes.length, true);
  return {
    status: part.status,
    headers: { "content-type": contentType, etag, ...part.headers },
    body: bytes.slice(part.start, part.end),
    length: part.length,
  };
}

function signature(path: string, until: number): string {
  return createHmac("sha256", "the store's own key").update(`${path} ${until}`).digest("base64url");
}
