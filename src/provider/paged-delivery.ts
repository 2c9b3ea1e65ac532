import type { OpenDownload } from "../download/open.js";
import { loadPart } from "../model/load-part.js";
import type { PagedDelivery, PagedDeliveryOptions } from "../spec/delivery.js";

// Loaded with the first download: starting and watching exports need none of it.
const open: OpenDownload = async (...call) =>
  (await loadPart(import("../pages/open-pages.js"))).downloadPages(...call);

/**
 * A job stands for a listing that is read page by page. The engine reads it: with retries, pages fetched ahead and handed
 * over in order, and its place kept where the listing changes meanwhile.
 *
 * @example
 * ```ts
 * const delivery = pagedDelivery({
 *   async fetchPage(context, job, cursor) {
 *     const { json } = await context.request({ method: "GET", url: pageUrl(job, cursor) });
 *     const page = json as OrdersPage;
 *     return { items: page.orders, next: page.more ? { after: page.last } : undefined };
 *   },
 *   records: () => ({ kind: "pages", map: orderOf, identify: (order) => order.id }),
 * });
 * ```
 */
export function pagedDelivery<Request, R = unknown>(
  options: PagedDeliveryOptions<Request, R>,
): PagedDelivery<Request> {
  return { ...options, kind: "pages", engine: { open } };
}
