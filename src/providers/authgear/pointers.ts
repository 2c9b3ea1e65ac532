/** The fields of a user that Authgear documents, or that its server resolves, as RFC 6901 pointers. */
export type AuthgearPointer =
  | StringPointer
  | BooleanPointer
  | IntegerPointer
  | JsonPointer
  | `/custom_attributes/${string}`
  | `/roles/${number}`
  | `/groups/${number}`
  | `/identities/${number}${string}`
  | `/mfa/${"emails" | "phone_numbers" | "totps"}/${number}${string}`;

type AddressPart = "formatted" | "street_address" | "locality" | "region" | "postal_code" | "country";

type StringPointer =
  | "/sub"
  | "/preferred_username"
  | "/email"
  | "/phone_number"
  | "/name"
  | "/given_name"
  | "/family_name"
  | "/middle_name"
  | "/nickname"
  | "/profile"
  | "/picture"
  | "/website"
  | "/gender"
  | "/birthdate"
  | "/zoneinfo"
  | "/locale"
  | `/address/${AddressPart}`
  | "/created_at"
  | "/delete_at"
  | "/last_login_at"
  | "/anonymize_at"
  | "/temporarily_disabled_from"
  | "/temporarily_disabled_until"
  | "/account_valid_from"
  | "/account_valid_until";
type BooleanPointer = "/email_verified" | "/phone_number_verified" | "/disabled" | "/is_anonymized";
type IntegerPointer = "/biometric_count" | "/passkey_count";
type JsonPointer =
  | "/address"
  | "/roles"
  | "/groups"
  | "/identities"
  | "/mfa"
  | "/mfa/emails"
  | "/mfa/phone_numbers"
  | "/mfa/totps"
  | "/custom_attributes";

/** How the cells of a column are read. */
export type CellType = "string" | "boolean" | "integer" | "json";

const BOOLEANS: ReadonlySet<string> = new Set<BooleanPointer>([
  "/email_verified",
  "/phone_number_verified",
  "/disabled",
  "/is_anonymized",
]);
const INTEGERS: ReadonlySet<string> = new Set<IntegerPointer>(["/biometric_count", "/passkey_count"]);
const JSONS: ReadonlySet<string> = new Set<JsonPointer>([
  "/address",
  "/roles",
  "/groups",
  "/identities",
  "/mfa",
  "/mfa/emails",
  "/mfa/phone_numbers",
  "/mfa/totps",
  "/custom_attributes",
]);

export function cellTypeOf(pointer: string): CellType {
  if (BOOLEANS.has(pointer)) return "boolean";
  if (INTEGERS.has(pointer)) return "integer";
  return JSONS.has(pointer) ? "json" : "string";
}

export const TOTP_POINTER = "/mfa/totps";

/** Whether a pointer leads to TOTP secrets and nothing else. */
export function isTotpPointer(pointer: string): boolean {
  return pointer === TOTP_POINTER || pointer.startsWith(`${TOTP_POINTER}/`);
}

/**
 * What a CSV holds when the caller names no fields: the vendor's default columns of August 2026 without the TOTP
 * secrets, and two that the vendor's list lacks: `family_name`, and the custom attributes as one JSON cell, because
 * their names are the project's own.
 */
export const DEFAULT_POINTERS = [
  "/sub",
  "/preferred_username",
  "/email",
  "/phone_number",
  "/email_verified",
  "/phone_number_verified",
  "/name",
  "/given_name",
  "/family_name",
  "/middle_name",
  "/nickname",
  "/profile",
  "/picture",
  "/website",
  "/gender",
  "/birthdate",
  "/zoneinfo",
  "/locale",
  "/address/formatted",
  "/address/street_address",
  "/address/locality",
  "/address/region",
  "/address/postal_code",
  "/address/country",
  "/roles",
  "/groups",
  "/disabled",
  "/created_at",
  "/delete_at",
  "/last_login_at",
  "/is_anonymized",
  "/anonymize_at",
  "/temporarily_disabled_from",
  "/temporarily_disabled_until",
  "/account_valid_from",
  "/account_valid_until",
  "/identities",
  "/mfa/emails",
  "/mfa/phone_numbers",
  "/biometric_count",
  "/passkey_count",
  "/custom_attributes",
] as const satisfies readonly AuthgearPointer[];

const KNOWN_ROOTS: ReadonlySet<string> = new Set(DEFAULT_POINTERS.map(rootOf));

/** Whether the first step of a pointer is a field that Authgear documents; others give an empty column. */
export function isKnownPointer(pointer: string): boolean {
  return KNOWN_ROOTS.has(rootOf(pointer));
}

function rootOf(pointer: string): string {
  return pointer.split("/")[1] ?? "";
}

/** The column name Authgear derives from a pointer: its unescaped reference tokens joined with dots. */
export function headerOf(pointer: string): string {
  return pointer
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"))
    .join(".");
}

/** {@link headerOf} as a type. Escaped tokens stay as they are written. */
export type HeaderOf<Pointer extends string> = Pointer extends `/${infer Path}` ? Dotted<Path> : string;
type Dotted<Path extends string> = Path extends `${infer Head}/${infer Tail}`
  ? `${Head}.${Dotted<Tail>}`
  : Path;

/** The type of a cell under a pointer; an empty cell is `null`. */
export type CellOf<Pointer extends string> = Pointer extends BooleanPointer
  ? boolean | null
  : Pointer extends IntegerPointer
    ? number | null
    : Pointer extends "/sub"
      ? string
      : Pointer extends "/roles" | "/groups" | "/mfa/emails" | "/mfa/phone_numbers"
        ? readonly string[] | null
        : Pointer extends JsonPointer
          ? unknown
          : string | null;
