import type { HttpResponse, ProviderContext } from "../../provider/contract.js";
import { isObject, loadPart } from "../../provider/values.js";
import { isLinked } from "./page-links.js";

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
    const { csvRows } = await loadPart(import("../../provider/csv-rows.js"));
    const rows = csvRows(response.text, "Zephr");
    if (typeof rows !== "string") return { ...rows, meta: {}, links: undefined };
    throw context.invalidResponse(`Zephr answered with CSV that cannot be read: ${rows}`);
  }
  const results = isObject(json) ? json.results : json;
  if (!Array.isArray(results)) {
    throw context.invalidResponse("Zephr answered without a list of users (neither results nor an array)");
  }
  const { meta, links, error } = isObject(json) ? json : {};
  if (results.length === 0 && typeof error === "string" && error !== "") {
    throw context.invalidResponse(
      "Zephr answered with an error beside an empty list, which does not prove it to be empty",
    );
  }
  return {
    items: results.some((item) => Array.isArray(item)) ? results.flat(1) : results,
    meta: isObject(meta) ? meta : {},
    // Links that name nothing tell nothing.
    links: isObject(links) && Object.values(links).some(isLinked) ? links : undefined,
  };
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
