import { dateTime } from "./moment.js";
import type { ZephrApiVersion } from "./options.js";
import type { ZephrV4Query } from "./request-v4.js";

/** Zephr's own page size. */
export const DEFAULT_PAGE_SIZE = 500;

/** The address of a page. `rpp` and `page` are always sent, and `attributes`, which Zephr documents as required. */
export function exportUrl(
  baseUrl: string,
  apiVersion: ZephrApiVersion,
  request: ZephrV4Query,
  { page, pageSize }: { readonly page: number; readonly pageSize: number },
): string {
  const {
    attributes = true,
    appIds,
    appIdsRestrictive,
    grants,
    since,
    registeredSince,
    registeredBefore,
  } = request;
  const { attr, foreignKeys, eventsExport, from, to } = request;
  const parameters = {
    attributes,
    appIds: listOf(appIds),
    appIdsRestrictive,
    grants,
    since: dateTime(since),
    registeredSince: dateTime(registeredSince),
    registeredBefore: dateTime(registeredBefore),
    attr: attr?.map(conditionText).join(","),
    foreignKeys: listOf(foreignKeys),
    eventsExport,
    from: dateTime(from),
    to: dateTime(to),
    rpp: pageSize,
    page,
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.append(name, String(value));
  }
  return `${baseUrl}/${apiVersion}/user-export?${query}`;
}

function listOf(value: string | boolean | readonly string[] | undefined): string | boolean | undefined {
  return typeof value === "object" ? value.join(",") : value;
}

type Condition = NonNullable<ZephrV4Query["attr"]>[number];

function conditionText(condition: Condition): string {
  return typeof condition === "string"
    ? condition
    : `${condition.key}.${condition.operation}.${condition.value}`;
}
