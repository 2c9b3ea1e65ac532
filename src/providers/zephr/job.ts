import {
  ExportError,
  type HttpResponse,
  type Page,
  type PageCursor,
  type ProviderContext,
  type StartedJob,
} from "../../provider/contract.js";
import { loadPart } from "../../provider/values.js";
import { DEFAULT_PAGE_SIZE, exportUrl } from "./export-url.js";
import type { ZephrSettings } from "./options.js";
import { type AskedPage, readBody } from "./page-body.js";
import { totalOf } from "./page-links.js";
import type { ZephrV4Query } from "./request-v4.js";

/**
 * Zephr has no jobs. The smallest page proves that key pair and request are accepted and tells how many users there
 * are; the job is done as soon as it exists, and its pages are read when it is downloaded.
 */
export async function start(
  context: ProviderContext,
  settings: ZephrSettings,
  request: ZephrV4Query,
): Promise<StartedJob> {
  const response = await requestPage(context, settings, request, { page: 1, pageSize: 1 });
  const total = totalOf(await readBody(context, response));
  const date = Date.parse(response.headers.get("date") ?? "");
  const startedAt = new Date(Number.isNaN(date) ? context.now() : date).toISOString();
  return {
    id: crypto.randomUUID(),
    status: "succeeded",
    // By Zephr's own clock, as the times of the listing are: an incremental export begins from here.
    createdAt: startedAt,
    finishedAt: startedAt,
    ...(total !== undefined && { progress: { total, unit: "records" } }),
    warnings: requestWarnings(request),
  };
}

// Kept: to find it again among the loaded modules takes a tenth of a millisecond for each page.
let pages: typeof import("./page.js") | undefined;

export async function fetchPage(
  context: ProviderContext,
  settings: ZephrSettings,
  request: ZephrV4Query,
  cursor: PageCursor | undefined,
): Promise<Page> {
  const pageSize = request.pageSize ?? DEFAULT_PAGE_SIZE;
  const asked = {
    page: pageNumber(cursor),
    pageSize,
    size: knownSize(cursor),
    guessed: cursor?.guessed === true,
  };
  pages ??= await loadPart(import("./page.js"));
  return pages.readPage(context, {
    asked,
    ask: async () => readBody(context, await requestPage(context, settings, request, asked)),
    circle: (next, retryable) =>
      new ExportError(
        "RESPONSE_INVALID",
        `Zephr names page ${next} as the one after page ${asked.page}. The export was stopped instead of looping for ever`,
        { operation: "page", retryable, details: { page: asked.page, next } },
      ),
  });
}

/** Pages are numbered, so the one after the next is known before the next has come. */
export function predictCursor(
  request: ZephrV4Query,
  cursor: PageCursor | undefined,
  total: number | undefined,
): PageCursor | undefined {
  const page = pageNumber(cursor);
  const size = knownSize(cursor);
  // Behind a page that is probably the empty one at the end there is nothing to fetch ahead.
  if (cursor?.guessed === true) return undefined;
  const before = page * (size ?? request.pageSize ?? DEFAULT_PAGE_SIZE);
  if (total !== undefined && before >= total) return undefined;
  return { page: page + 1, ...(size !== undefined && { size }) };
}

/** `GET /v3/user-export` or `GET /v4/user-export`: one page. */
function requestPage(
  context: ProviderContext,
  { baseUrl, apiVersion }: ZephrSettings,
  request: ZephrV4Query,
  asked: AskedPage,
): Promise<HttpResponse> {
  const url = exportUrl(baseUrl, apiVersion, request, asked);
  const { page } = asked;
  if (apiVersion === "v3") return context.request({ method: "GET", url, page });
  return context.request({
    method: "GET",
    url,
    page,
    headers: { accept: "application/json, text/csv" },
    expect: "text",
  });
}

function requestWarnings({ appIds, attributes }: ZephrV4Query): readonly string[] {
  if (appIds === undefined || attributes !== false) return [];
  return ["appIds without attributes: Zephr leaves out users who have no profile of these applications"];
}

function knownSize(cursor: PageCursor | undefined): number | undefined {
  return typeof cursor?.size === "number" && cursor.size > 0 ? cursor.size : undefined;
}

/** Pages count from 1. */
function pageNumber(cursor: PageCursor | undefined): number {
  return Number.isSafeInteger(cursor?.page) ? (cursor?.page as number) : 1;
}
