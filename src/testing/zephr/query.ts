import type { ListingCondition } from "./listing.js";
import { profilesOf, registeredAt, updatedAt, type ZephrItemOptions } from "./users.js";

/** What a request asks for. */
export interface ExportQuery {
  readonly page: number;
  readonly rpp: number;
  readonly include: Required<ZephrItemOptions>;
  /** Absent where every user is meant. */
  readonly condition: ListingCondition | undefined;
}

const FLAGS = ["attributes", "appIdsRestrictive", "grants", "eventsExport"];
const TIMES = ["since", "registeredSince", "registeredBefore", "from", "to"];
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/;

/** Reads the parameters, and what is wrong with them. Unknown ones are passed over. */
export function readQuery(url: URL, version: "v3" | "v4"): ExportQuery | { readonly problem: string } {
  const { searchParams: params } = url;
  const flag = (name: string) => params.get(name) === "true";
  for (const name of FLAGS) {
    if (!["true", "false", null].includes(params.get(name)))
      return { problem: `${name} must be true or false` };
  }
  for (const name of TIMES) {
    const value = params.get(name);
    if (value !== null && (!TIME.test(value) || Number.isNaN(Date.parse(value))))
      return { problem: `${name} must be an ISO 8601 date-time` };
  }
  // The reference calls appIds required as well; requests without it are answered all the same.
  if (version === "v3" && !params.has("attributes")) return { problem: "attributes is required" };
  if (version === "v3" && params.get("appIds") === "all") return { problem: "appIds must be a list of ids" };
  const conditions = params.get("attr")?.split(",") ?? [];
  if (!conditions.every((text) => /^[^.]+\.[^.]+\../.test(text)))
    return { problem: "attr must be key.operation.value" };
  const page = Number(params.get("page") ?? "1");
  const rpp = Number(params.get("rpp") ?? "500");
  if (!Number.isSafeInteger(page) || page < 1) return { problem: "page must be a number from 1" };
  if (!Number.isSafeInteger(rpp) || rpp < 1) return { problem: "rpp must be a number from 1" };

  const ids = params.get("appIds");
  const appIds: readonly string[] | "all" = ids === "all" ? ids : (ids?.split(",").filter(Boolean) ?? []);
  const restricted = flag("appIdsRestrictive") || (appIds.length > 0 && !flag("attributes"));
  const include = {
    attributes: flag("attributes"),
    grants: flag("grants"),
    foreignKeys: version === "v3" || params.has("foreignKeys"),
    appIds,
  };
  const tests = [
    ...timeTests(params),
    ...(restricted
      ? [(user: number) => profilesOf(user).some((app) => appIds === "all" || appIds.includes(app))]
      : []),
  ];
  const condition =
    tests.length === 0
      ? undefined
      : { key: conditionKey(params), admits: (user: number) => tests.every((test) => test(user)) };
  return { page, rpp, include, condition };
}

function timeTests(params: URLSearchParams): ((user: number) => boolean)[] {
  const [since, from, before] = ["since", "registeredSince", "registeredBefore"].map((name) => {
    const value = params.get(name);
    return value === null ? undefined : Date.parse(value);
  });
  return [
    ...(since === undefined ? [] : [(user: number) => updatedAt(user) > since]),
    ...(from === undefined ? [] : [(user: number) => registeredAt(user) >= from]),
    ...(before === undefined ? [] : [(user: number) => registeredAt(user) < before]),
  ];
}

function conditionKey(params: URLSearchParams): string {
  const names = ["since", "registeredSince", "registeredBefore", "appIds", "appIdsRestrictive", "attributes"];
  return names.map((name) => `${name}=${params.get(name)}`).join("&");
}
