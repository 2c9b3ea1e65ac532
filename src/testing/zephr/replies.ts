import { csvLine } from "../authgear/csv.js";
import { type EmulatorReply, textReply } from "../reply.js";
import type { ZephrEmulatorSettings } from "./options.js";
import type { ExportQuery } from "./query.js";
import type { ZephrEmulatorItem } from "./users.js";

/** One page of the listing, before it is written down. */
export interface ListingPage {
  readonly items: readonly ZephrEmulatorItem[];
  readonly count: number;
  readonly rpp: number;
  readonly page: number;
}

/** A page as JSON, in the shape that is set. */
export function jsonPage(settings: ZephrEmulatorSettings, page: ListingPage, url: URL): EmulatorReply {
  const { shape, meta, links, ignoresPaging } = settings;
  if (shape === "array") return json(200, page.items);
  const { items, count, rpp } = page;
  return json(200, {
    results: shape === "nested" ? [items] : items,
    ...(meta && !ignoresPaging && { meta: { count, rpp, paginated: true } }),
    ...(links && !ignoresPaging && { links: linksOf(settings, page, url) }),
  });
}

function linksOf({ stuckNext }: ZephrEmulatorSettings, { count, rpp, page }: ListingPage, url: URL): object {
  const last = Math.max(1, Math.ceil(count / rpp));
  const link = (number: number) => {
    const target = new URL(url);
    target.searchParams.set("page", String(number));
    return { url: target.href, page: number };
  };
  const next = stuckNext ? page : page + 1;
  return {
    first: link(1),
    last: link(last),
    ...(page > 1 && { previous: link(page - 1) }),
    ...((page < last || stuckNext) && { next: link(next) }),
  };
}

const COLUMNS = [
  "user_id",
  "email_address",
  "username",
  "email_verified",
  "registered",
  "first_name",
  "surname",
];

/** A page as CSV with a header; what columns the vendor has is not documented. */
export function csvPage({ items }: ListingPage, { include }: ExportQuery): EmulatorReply {
  const columns = include.attributes ? COLUMNS : COLUMNS.slice(0, 5);
  const rows = items.map(({ user }) => {
    const fields = { ...user, ...(user.identifiers as object), ...(user.attributes as object | undefined) };
    return csvLine(
      columns.map((name) => String((fields as { readonly [key: string]: unknown })[name] ?? "")),
    );
  });
  return textReply(200, "text/csv; charset=utf-8", csvLine(columns) + rows.join(""));
}

/** A refusal in the style that is set. */
export function refusal(
  { errorBody }: ZephrEmulatorSettings,
  status: number,
  words: string,
  headers: { readonly [name: string]: string } = {},
): EmulatorReply {
  if (errorBody === "none") return textReply(status, "text/plain", "", headers);
  return json(status, { [errorBody]: words }, headers);
}

function json(
  status: number,
  body: unknown,
  headers: { readonly [name: string]: string } = {},
): EmulatorReply {
  return textReply(status, "application/json", JSON.stringify(body), headers);
}
