import { httpDate } from "../transport/retry-after.js";

/**
 * What proves that two answers carry the very same bytes: a strong entity tag, or a Last-Modified that is strong in the
 * sense of RFC 9110 section 8.8.2.2 (at least a second older than the answer's Date).
 */
export interface Validator {
  readonly kind: "etag" | "last-modified";
  readonly value: string;
}

/**
 * The strong validator of an answer, if it has one. A weak entity tag rules out Last-Modified too: RFC 9110 section
 * 13.1.5 allows a date in If-Range only where there is no entity tag.
 */
export function strongValidator(headers: Headers): Validator | undefined {
  const etag = headers.get("etag")?.trim();
  if (etag) return /^"[^"]*"$/.test(etag) ? { kind: "etag", value: etag } : undefined;
  const modified = headers.get("last-modified")?.trim();
  const modifiedAt = httpDate(modified);
  const answeredAt = httpDate(headers.get("date"));
  if (!modified || modifiedAt === undefined || answeredAt === undefined) return undefined;
  return answeredAt - modifiedAt >= 1000 ? { kind: "last-modified", value: modified } : undefined;
}

/** Whether an answer carries the same bytes as the one the validator came from. */
export function matches(validator: Validator, headers: Headers): boolean {
  const theirs = headers.get(validator.kind === "etag" ? "etag" : "last-modified")?.trim();
  return theirs === validator.value;
}

/** Whether an answer names a validator of this kind that is another one. */
export function contradicts(validator: Validator, headers: Headers): boolean {
  const theirs = headers.get(validator.kind === "etag" ? "etag" : "last-modified")?.trim();
  return theirs !== undefined && theirs !== validator.value;
}
