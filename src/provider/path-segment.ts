/**
 * A value as one segment of a URL's path: whatever it holds, it leads nowhere else.
 *
 * @example
 * ```ts
 * const url = `${origin}/jobs/${pathSegment(job.id)}`;
 * ```
 */
export function pathSegment(value: string): string {
  // A URL takes `.` and `..` for steps, encoded as well, and no path can name them: what is asked for is not there then.
  if (/^\.{1,2}$/.test(value)) return value.replaceAll(".", "%252e");
  // A lone surrogate is not text, and encodeURIComponent throws on it.
  return encodeURIComponent(value.replace(/\p{Cs}/gu, "\ufffd"));
}
