/** A Content-Range of RFC 9110 section 14.4; `total` is absent where the server does not know it (`*`). */
export interface ContentRange {
  /** The first and the last byte, both included; absent in the answer to an unsatisfiable range. */
  readonly start?: number;
  readonly end?: number;
  readonly total?: number;
}

export function parseContentRange(value: string | undefined): ContentRange | undefined {
  const found = /^bytes\s+(?:(\d+)-(\d+)|\*)\/(\d+|\*)$/i.exec(value?.trim() ?? "");
  if (!found) return undefined;
  const [, start, end, total] = found;
  const range = {
    ...(start !== undefined && { start: Number(start) }),
    ...(end !== undefined && { end: Number(end) }),
    ...(total !== undefined && total !== "*" && { total: Number(total) }),
  };
  if (range.start !== undefined && range.end !== undefined && range.end < range.start) return undefined;
  return Object.values(range).every(Number.isSafeInteger) ? range : undefined;
}
