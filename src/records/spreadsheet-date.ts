const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?$/i;

/**
 * A date with a time of day (ISO 8601, RFC 3339) as spreadsheets take it: `2026-01-31 10:00:00`, in UTC where it has a
 * zone. They know no zones, and show fractions of a second in place of the date. Any other text stays as it is.
 */
export function spreadsheetDate(text: string): string {
  const zone = text.length >= 19 && text[10]?.toUpperCase() === "T" ? DATE_TIME.exec(text) : null;
  if (!zone) return text;
  const offset = zone[1] ?? "Z";
  if (offset.toUpperCase() === "Z") return `${text.slice(0, 10)} ${text.slice(11, 19)}`;
  const time = Date.parse(`${text.slice(0, 19)}${offset}`);
  if (Number.isNaN(time)) return text;
  const utc = new Date(time).toISOString();
  return utc.length === 24 ? `${utc.slice(0, 10)} ${utc.slice(11, 19)}` : text;
}
