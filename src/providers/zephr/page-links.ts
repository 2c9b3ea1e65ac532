import { isObject } from "../../json.js";

/** The page number of a link: its `page`, else the one in its URL. */
export function linkedNumber(link: unknown): number | undefined {
  const { page, url } = isObject(link) ? link : { page: undefined, url: link };
  const linked = typeof url === "string" ? /[?&]page=(\d+)/.exec(url)?.[1] : undefined;
  // Of lists and objects no number is made: it can fail.
  const named = Number(typeof page === "number" || typeof page === "string" ? page : linked);
  return isCount(named) ? named : undefined;
}

export function isLinked(link: unknown): boolean {
  return link !== undefined && link !== null;
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
