/** The page number of a link: its `page`, else the one in its URL. */
export function linkedNumber(link: unknown): number | undefined {
  const { page, url } = partsOf(link);
  const linked = typeof url === "string" ? (/[?&]page=(\d+)/.exec(url)?.[1] ?? url) : undefined;
  // Of lists and objects no number is made: it can fail.
  const named = Number(typeof page === "number" || isText(page) ? page : linked);
  return isCount(named) ? named : undefined;
}

/** Whether a link leads anywhere. How "nothing" is written is not documented: absent, null, empty, or a page below 1. */
export function isLinked(link: unknown): boolean {
  const { page, url } = partsOf(link);
  const number = linkedNumber(link);
  return number === undefined ? isText(url) || isText(page) : number >= 1;
}

/** How many users there are in all, where Zephr tells. */
export function totalOf({ meta }: { readonly meta: { readonly count?: unknown } }): number | undefined {
  const { count } = meta;
  // Some servers write numbers as text.
  const read = typeof count === "string" && /^\d+$/.test(count) ? Number(count) : count;
  return isCount(read) ? read : undefined;
}

/** A link is an object with `url` and `page`, or the one or the other alone. */
function partsOf(link: unknown): { readonly page?: unknown; readonly url?: unknown } {
  if (typeof link === "object" && link !== null) return link;
  return typeof link === "number" ? { page: link } : { url: link };
}

function isText(value: unknown): boolean {
  return typeof value === "string" && !/^(?:null|undefined)?$/i.test(value.trim());
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
