import type { OpenDownload } from "../download/open.js";
import { loadPart } from "../model/load-part.js";
import type { FileDelivery, FileDeliveryOptions } from "../spec/delivery.js";

// Loaded with the first download: starting and watching exports need none of it.
const open: OpenDownload = async (...call) =>
  (await loadPart(import("../artifact/open-file.js"))).downloadFile(...call);

/**
 * A job leaves a file behind a URL. The engine downloads it: with retries, resumed by ranges, checked against what the
 * store announces, and located again whenever the URL is refused or has expired.
 *
 * @example
 * ```ts
 * const delivery = fileDelivery({
 *   locate: async (context, job) => ({ url: await signedUrl(context, job.id), credentials: "none" }),
 *   records: () => ndjson<Order>(),
 * });
 * ```
 */
export function fileDelivery<Request>(options: FileDeliveryOptions<Request>): FileDelivery<Request> {
  return { ...options, kind: "file", engine: { open } };
}
