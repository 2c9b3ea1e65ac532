import { checkWhole, emulatorOptions } from "../check-options.js";
import { oddGivenNames, oddNames, oddNumbers } from "./names.js";

/** A user as the vendor's NDJSON has it. Keys stand in the vendor's order; what is absent is left out. */
export interface AuthgearEmulatorUser {
  /** The user's id. */
  readonly sub: string;
  /** Every other field of a user. */
  readonly [field: string]: unknown;
}

/** Which users an emulated project has. */
export interface AuthgearUserOptions {
  /** Which state of the object: 0, and one more after every `change` fault. */
  readonly revision?: number;
  /** A server from before `created_at` and `is_anonymized` were exported. */
  readonly olderServer?: boolean;
}

/** After so many users the oddities repeat; only numbers and creation times count on. */
export const usersPerCycle = 100;

/** How many digits of a user's number stand before the two that count within a cycle. */
export const cycleDigits = 10;

const firstCreation = Date.UTC(2024, 0, 1);

/** The creation time of a cycle's users, to the second: each cycle takes one. */
export function cycleSecond(cycle: number): string {
  return new Date(firstCreation + cycle * 1000).toISOString().slice(0, 19);
}

const DEFAULTS = { revision: 0, olderServer: false };

/**
 * The user that an emulated export holds at a place, from 0.
 *
 * @example
 * ```ts
 * expect(records[41]).toEqual(authgearUser(41));
 * ```
 */
export function authgearUser(index: number, options: AuthgearUserOptions = {}): AuthgearEmulatorUser {
  checkWhole("authgearUser", "index", index);
  const { revision } = emulatorOptions("authgearUser", options, DEFAULTS, {}, "passed over");
  checkWhole("authgearUser", "revision", revision);
  const cycle = Math.floor(index / usersPerCycle);
  return userOfCycle(
    String(cycle).padStart(cycleDigits, "0"),
    cycleSecond(cycle),
    index % usersPerCycle,
    options,
  );
}

/** A user by its place in a cycle; the cycle's own digits and second are given as text. */
export function userOfCycle(
  digits: string,
  second: string,
  place: number,
  { revision = 0, olderServer = false }: AuthgearUserOptions = {},
): AuthgearEmulatorUser {
  const id = `${digits}${String(place).padStart(2, "0")}`;
  // Another revision gives every user the attributes of another.
  const v = (place + revision * 37) % usersPerCycle;
  const email = v % 5 === 4 ? undefined : `${v % 7 === 2 ? "r&d+" : "user"}${id}@example.com`;
  const phone = v % 4 === 1 ? `+1${id}` : undefined;
  const username = v % 3 === 0 ? `user_${id}` : undefined;
  const name = v % 7 === 6 ? undefined : oddNames[v % oddNames.length];
  const user = {
    sub: `00000000-0000-4000-8000-${id}`,
    preferred_username: username,
    email,
    phone_number: phone,
    email_verified: email !== undefined && v % 2 === 0,
    phone_number_verified: phone !== undefined && v % 8 === 1,
    name,
    given_name: oddGivenNames[v % oddGivenNames.length] || undefined,
    family_name: v % 6 === 1 ? `Family ${v}` : undefined,
    middle_name: v % 11 === 3 ? "Q." : undefined,
    nickname: v % 9 === 4 ? `Nick ${v}` : undefined,
    profile: v % 13 === 5 ? `https://example.com/p?u=${id}&v=1#me` : undefined,
    picture: v % 5 === 0 ? `https://images.example.com/${id}.png` : undefined,
    website: v % 17 === 6 ? "https://example.com/<path>?a=1&b=2" : undefined,
    gender: ["female", "male", undefined, "other"][v % 4],
    birthdate: v % 6 === 2 ? "1990-01-31" : v % 6 === 5 ? "0000-12-31" : undefined,
    zoneinfo: v % 4 === 2 ? "Asia/Hong_Kong" : undefined,
    locale: v % 3 === 1 ? "zh-Hant-HK" : undefined,
    address: address(v),
    custom_attributes: customAttributes(v, id),
    roles: [undefined, ["admin"], ["reader", "store-manager"]][v % 3],
    groups: [undefined, ["group_a"], undefined, ["group_a", "group_b"]][v % 4],
    disabled: v % 10 === 9,
    created_at: olderServer ? undefined : creation(second, place),
    ...lifecycle(v, olderServer),
    identities: identities(v, id, email, phone, username),
    mfa: mfa(v, id, email, phone),
    biometric_count: v % 12 === 7 ? 2 : 0,
    passkey_count: v % 15 === 8 ? 1 : 0,
  };
  return withoutUndefined(user) as AuthgearEmulatorUser;
}

/** The names that are configured as custom attributes: each has a column in a CSV of default fields. */
export const customAttributeNames: readonly string[] = ["member_id", "score", "motto"];

function customAttributes(v: number, id: string): object | undefined {
  if (v % 4 === 3) return undefined;
  const score = oddNumbers[v % oddNumbers.length];
  return withoutUndefined({
    member_id: `M-${id}`,
    motto: v % 4 === 2 ? 'Ça va, "bien" & <merci>' : undefined,
    score: v % 2 === 0 ? score : undefined,
  });
}

function address(v: number): object {
  if (v % 3 === 2) return {};
  if (v % 3 === 1) return { country: "HK" };
  return {
    formatted: `${v} Unnamed Road,\nCentral, Hong Kong`,
    street_address: `${v} Unnamed Road`,
    locality: "Central",
    region: "香港島",
    postal_code: "N/A",
    country: "HK",
  };
}

/** Ordered within the cycle, with 0 to 9 fractional digits: 0 for the first place, 1 for every tenth. */
function creation(second: string, place: number): string {
  if (place === 0) return `${second}Z`;
  if (place % 10 === 0) return `${second}.${place / 10}Z`;
  return `${second}.${String(place).padStart(2, "0")}${"1234567".slice(0, place % 8)}Z`;
}

function lifecycle(v: number, olderServer: boolean): object {
  if (olderServer) return {};
  const fraction = v % 10 === 0 ? "" : `.${"987654321".slice(0, v % 10)}`;
  const at = (day: number) => `2025-03-${String(day).padStart(2, "0")}T04:05:06${fraction}Z`;
  return {
    delete_at: v % 25 === 24 ? at(30) : undefined,
    last_login_at: v % 4 === 0 ? undefined : at(1 + (v % 28)),
    is_anonymized: v % 50 === 49,
    anonymize_at: v % 50 === 48 ? at(29) : undefined,
    temporarily_disabled_from: v % 20 === 13 ? at(2) : undefined,
    temporarily_disabled_until: v % 20 === 13 ? at(12) : undefined,
    account_valid_from: v % 20 === 17 ? at(3) : undefined,
    account_valid_until: v % 20 === 17 ? at(23) : undefined,
  };
}

function identities(
  v: number,
  id: string,
  email?: string,
  phone?: string,
  username?: string,
): object[] | undefined {
  const loginId = (type: string, claim: string, value: string) => ({
    type: "login_id",
    login_id: { key: type, type, value, original_value: value.toUpperCase() },
    claims: { [claim]: value },
  });
  const list: object[] = [];
  if (email !== undefined && v % 6 !== 0) list.push(loginId("email", "email", email));
  if (phone !== undefined) list.push(loginId("phone", "phone_number", phone));
  if (username !== undefined) list.push(loginId("username", "preferred_username", username));
  if (v % 6 === 3) {
    const profile = { email: email ?? null, id, name: "A & B <C>", nested: { list: [1, "二", null] } };
    list.push({
      type: "oauth",
      oauth: {
        provider_alias: "google",
        provider_type: "google",
        provider_subject_id: `g-${id}`,
        user_profile: profile,
      },
      claims: withoutUndefined({ email }),
    });
  }
  if (v % 6 === 4) {
    const ldap = {
      server_name: "ldap",
      last_login_username: `uid${id}`,
      user_id_attribute_name: "uid",
      user_id_attribute_value: id,
      attributes: { dn: `uid=${id},dc=example,dc=com` },
    };
    list.push({ type: "ldap", ldap, claims: { preferred_username: `uid${id}` } });
  }
  return list.length === 0 ? undefined : list;
}

/** Secrets in clear, as the vendor has them. Each starts with `TOTP-SECRET-`, so that a leak is found by search. */
function mfa(v: number, id: string, email?: string, phone?: string): object {
  const totp = (nth: number) => {
    const secret = `TOTP-SECRET-${id}-${nth}`;
    return { secret, uri: `otpauth://totp/user${id}?issuer=myapp&secret=${secret}` };
  };
  const second = v % 10 === 3 || v % 10 === 8;
  return withoutUndefined({
    emails: second && email !== undefined ? [email] : undefined,
    phone_numbers: second && phone !== undefined ? [phone] : undefined,
    totps: v % 10 === 5 ? [totp(1)] : v % 10 === 8 ? [totp(1), totp(2)] : undefined,
  });
}

function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined));
}
