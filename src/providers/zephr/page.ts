import { ExportError, type HttpResponse, type Page, type ProviderContext } from "../../provider/contract.js";
import { isObject } from "../../provider/values.js";
import { isCount, isLinked, linkedNumber } from "./page-links.js";

type Bag = { readonly [key: string]: unknown };

/** An answer of the user export, whatever its shape. */
export interface PageBody {
  readonly items: readonly unknown[];
  /** The header of CSV. */
  readonly columns?: readonly string[];
  readonly meta: Bag;
  /** Absent where the answer has none, which is something else than one that names no next page. */
  readonly links: Bag | undefined;
}

/**
 * Reads `{ results: [item, …], meta, links }`, the same with another array around the items (as the reference shows it),
 * a bare array, and CSV where the content type says so.
 */
export async function readBody(context: ProviderContext, response: HttpResponse): Promise<PageBody> {
  const type = response.headers.get("content-type") ?? "";
  const { json } = response;
  // Zephr describes the one and declares the other: what is JSON can be no CSV.
  if (/\bcsv\b/i.test(type) && typeof json !== "object") {
    const { csvRows } = await import("../../provider/csv-rows.js");
    const rows = csvRows(response.text, "Zephr");
    if (typeof rows !== "string") return { ...rows, meta: {}, links: undefined };
    throw context.invalidResponse(`Zephr answered with CSV that cannot be read: ${rows}`);
  }
  const results = isObject(json) ? json.results : json;
  if (!Array.isArray(results)) {
    throw context.invalidResponse("Zephr answered without a list of users (neither results nor an array)");
  }
  const { meta, links } = isObject(json) ? json : {};
  return {
    items: results.flat(1),
    meta: isObject(meta) ? meta : {},
    // Links that name nothing tell nothing.
    links: isObject(links) && Object.values(links).some(isLinked) ? links : undefined,
  };
}

/** How many users there are in all, where Zephr tells. */
export function totalOf({ meta }: PageBody): number | undefined {
  const { count } = meta;
  // Some servers write numbers as text.
  const read = typeof count === "string" && /^\d+$/.test(count) ? Number(count) : count;
  return isCount(read) ? read : undefined;
}

/** What was asked for. */
export interface AskedPage {
  readonly page: number;
  readonly pageSize: number;
  /** How many users a page really has, where the first one showed that the server gives fewer than it is asked for. */
  readonly size?: number | undefined;
  /** The page before was not full, so that this one is probably empty. */
  readonly guessed?: boolean | undefined;
}

/** The page that an answer is. */
export function pageOf(body: PageBody, asked: AskedPage): Page {
  const { items, links } = body;
  const size = asked.size ?? cappedSize(body, asked);
  const isLed = isLinked(links?.next);
  const next = isLed ? linkedPage(body, asked, size) : followingPage(body, asked, size);
  if (next !== undefined && next <= asked.page) {
    throw new ExportError(
      "RESPONSE_INVALID",
      `Zephr names page ${next} as the one after page ${asked.page}. The export was stopped instead of going round for ever`,
      {
        operation: "page",
        // It may be the answer to a request for a page before, unless there is none, or its links tell that it is not.
        retryable: asked.page > 1 && linkedNumber(links?.previous) !== asked.page - 1,
        details: { page: asked.page, next },
      },
    );
  }
  const isShort =
    !isLed && items.length < (asked.size ?? asked.pageSize) && leftBehind(body, asked, size) === undefined;
  return {
    items,
    columns: body.columns,
    next:
      next === undefined
        ? undefined
        : { page: next, ...(size !== undefined && { size }), ...(isShort && { guessed: true }) },
    total: totalOf(body),
    // More than was asked for comes from a server that passes over `rpp`, and perhaps over `page` as well; fewer may be
    // all there is.
    endsIfRepeated: !isLed && asked.page === 1 && items.length !== asked.pageSize,
  };
}

/** The number in `links.next`; where it has none there is a page all the same, and it can only be the following. */
function linkedPage(body: PageBody, asked: AskedPage, size?: number): number | undefined {
  // A link that is always there does not lead beyond the total.
  if (body.items.length === 0 && (leftBehind(body, asked, size) ?? 1) <= 0) return undefined;
  return linkedNumber(body.links?.next) ?? asked.page + 1;
}

/** The server's own page size, where the first page is smaller than asked for and may not be all there is. */
function cappedSize(body: PageBody, { page, pageSize }: AskedPage): number | undefined {
  const held = body.items.length;
  const capped =
    page === 1 && held > 0 && held < pageSize && held < (totalOf(body) ?? (body.links ? 0 : Infinity));
  return capped ? held : undefined;
}

/** Where no link leads on: without links only an empty page or a total reached is an end, with them a total not reached is none. */
function followingPage(body: PageBody, asked: AskedPage, size?: number): number | undefined {
  const { items, links } = body;
  if (items.length === 0) return undefined;
  const left = leftBehind(body, asked, size);
  const goesOn = links
    ? (left ?? 0) > 0
    : left === undefined || left > 0 || items.length >= (size ?? asked.pageSize);
  return goesOn ? asked.page + 1 : undefined;
}

/** How many users stand behind a page as the total says, where there is one. */
function leftBehind(body: PageBody, { page, pageSize }: AskedPage, capped?: number): number | undefined {
  const { items, meta } = body;
  const total = totalOf(body);
  // A server may give fewer than were asked for.
  const size = capped ?? Math.min(pageSize, isCount(meta.rpp) && meta.rpp > 0 ? meta.rpp : pageSize);
  return total === undefined ? undefined : total - (page - 1) * size - items.length;
}
