import { httpDate } from "../model/http-date.js";
import { isObject } from "../model/json.js";

/**
 * What proves that two answers carry the very same bytes: a strong entity tag, or a Last-Modified that is strong in the
 * sense of RFC 9110 section 8.8.2.2 (at least a second older than the answer's Date).
 */
export interface Validator {
  readonly kind: "etag" | "last-modified";
  readonly value: string;
}

// An entity tag of RFC 9110 section 8.8.3, and spaces in it, which some servers write.
const STRONG_TAG = /^"[\x20\x21\x23-\x7e\x80-\xff]*"$/;

/** Whether a value from outside is a validator that may be sent. */
export function isValidator(value: unknown): value is Validator {
  if (!isObject(value) || typeof value.value !== "string") return false;
  if (value.kind === "etag") return STRONG_TAG.test(value.value);
  return (
    value.kind === "last-modified" &&
    /^[\x20-\x7e]+$/.test(value.value) &&
    httpDate(value.value) !== undefined
  );
}

/** What an answer names that may be a validator, by kind. */
export type Tags = { readonly [kind in Validator["kind"]]: string | undefined };

/**
 * The strong validator of an answer, if it has one. A weak entity tag rules out Last-Modified too: RFC 9110 section
 * 13.1.5 allows a date in If-Range only where there is no entity tag.
 */
export function strongValidator(
  { etag, "last-modified": modified }: Tags,
  date: string | null,
): Validator | undefined {
  if (etag) return STRONG_TAG.test(etag) ? { kind: "etag", value: etag } : undefined;
  const modifiedAt = httpDate(modified);
  const answeredAt = httpDate(date);
  if (!modified || modifiedAt === undefined || answeredAt === undefined) return undefined;
  return answeredAt - modifiedAt >= 1000 ? { kind: "last-modified", value: modified } : undefined;
}
