import { oddGivenNames, oddNames, oddNumbers } from "../authgear/names.js";
import { checkWhole, emulatorOptions } from "../check-options.js";

/** An item as the vendor's listing has it. */
export interface ZephrEmulatorItem {
  /** The item's number. */
  readonly "seq-no": number;
  /** The user. */
  readonly user: { readonly user_id: string; readonly [key: string]: unknown };
  /** The rest of the item. */
  readonly [key: string]: unknown;
}

/** What a request includes in an item. */
export interface ZephrItemOptions {
  /** Default `true`. */
  readonly attributes?: boolean;
  /** Default `false`. */
  readonly grants?: boolean;
  /** Default `true`. */
  readonly foreignKeys?: boolean;
  /** Which extended profiles; the applications are `app-a` and `app-b`. Default none. */
  readonly appIds?: readonly string[] | "all";
}

const DEFAULTS = { attributes: true, grants: false, foreignKeys: true, appIds: [] };

const firstRegistration = Date.UTC(2024, 0, 1);

/** When a user registered, in ms since the epoch: one a minute. */
export function registeredAt(index: number): number {
  return firstRegistration + index * 60_000;
}

/** When a user was last updated, in ms since the epoch. */
export function updatedAt(index: number): number {
  return registeredAt(index) + (index % 5) * 3_600_000;
}

/** The applications of which a user has an extended profile. */
export function profilesOf(index: number): readonly string[] {
  return [...(index % 3 === 0 ? ["app-a"] : []), ...(index % 4 === 0 ? ["app-b"] : [])];
}

/**
 * The id of a user by its number.
 *
 * @example
 * ```ts
 * zephrUserId(41); // "00000000-0000-4000-8000-000000000041"
 * ```
 */
export function zephrUserId(index: number): string {
  checkWhole("zephrItem", "index", index);
  return `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
}

/**
 * The item of a user by its number, from 0; the lowest registered first.
 *
 * @example
 * ```ts
 * expect(records).toContainEqual(zephrItem(41));
 * ```
 */
export function zephrItem(index: number, options: ZephrItemOptions = {}): ZephrEmulatorItem {
  const { attributes, grants, foreignKeys, appIds } = emulatorOptions(
    "zephrItem",
    options,
    DEFAULTS,
    { appIds: "string" },
    "passed over",
  );
  const user_id = zephrUserId(index);
  const profiles = profilesOf(index).filter((app) => appIds === "all" || appIds.includes(app));
  return {
    "seq-no": index + 1,
    user: {
      user_id,
      identifiers: identifiersOf(index),
      ...(attributes && { attributes: attributesOf(index) }),
      email_verified: index % 2 === 0,
      tracking_id: `track-${index}`,
      registered: new Date(registeredAt(index)).toISOString(),
      registration_tenant: "news",
      ...(foreignKeys && index % 6 === 0 && { foreign_keys: { billing: `B-${index}` } }),
    },
    ...(grants && { grants: { results: grantsOf(index, user_id) } }),
    ...(profiles.length > 0 && {
      extended_profiles: Object.fromEntries(profiles.map((app) => [app, { level: index % 10 }])),
    }),
  };
}

function identifiersOf(index: number): object {
  if (index % 7 === 3) return { username: `reader_${index}` };
  const email_address = `${index % 5 === 2 ? "r&d+" : "reader"}${index}@example.com`;
  return index % 4 === 1 ? { email_address, username: `reader_${index}` } : { email_address };
}

function attributesOf(index: number): object {
  return {
    first_name: oddGivenNames[index % oddGivenNames.length],
    surname: oddNames[index % oddNames.length],
    score: oddNumbers[index % oddNumbers.length],
    ...(index % 3 === 1 && { interests: ["politics", "chess"], "marketing.opt_in": true }),
  };
}

function grantsOf(index: number, user_id: string): readonly object[] {
  return Array.from({ length: index % 3 }, (_, place) => ({
    grantId: `10000000-0000-4000-8000-${String(index * 3 + place).padStart(12, "0")}`,
    user_id,
    account_id: `20000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
    expiry_state: ["pending", "active", "expired"][index % 3],
    entitlement_type: ["bundle", "entitlement", "meter", "credits"][index % 4],
    entitlement_id: `30000000-0000-4000-8000-${String(place).padStart(12, "0")}`,
    startTime: "2022-06-01 00:00:00",
    // Without an end it is open-ended.
    ...(place === 0 && { endTime: "2022-12-31 23:59:59" }),
    product_id: `40000000-0000-4000-8000-${String(place).padStart(12, "0")}`,
    createdAt: "2022-05-31 23:59:59",
  }));
}
