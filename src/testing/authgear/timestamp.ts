/**
 * A time as Go's RFC 3339 format writes it: UTC, and only as many fractional digits as are not trailing zeros.
 *
 * @param nanoseconds - what comes after the millisecond, 0 to 999,999
 */
export function goTimestamp(ms: number, nanoseconds = 0): string {
  const iso = new Date(ms).toISOString();
  const digits = `${iso.slice(20, 23)}${String(nanoseconds).padStart(6, "0")}`.replace(/0{1,9}$/, "");
  return `${iso.slice(0, 19)}${digits === "" ? "" : `.${digits}`}Z`;
}

/** A time as `YYYYMMDDHHMMSS`. */
export function compactTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace(/[-:T]/g, "");
}
