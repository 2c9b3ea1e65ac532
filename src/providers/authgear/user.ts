/** A way a user signs in. */
export interface AuthgearIdentity {
  /** How the user signs in by it. */
  readonly type: "login_id" | "oauth" | "ldap" | (string & {});
  /** An e-mail address, a phone number or a user name. */
  readonly login_id?: {
    readonly key?: string;
    readonly type?: string;
    readonly value?: string;
    readonly original_value?: string;
  };
  /** The account at another provider. */
  readonly oauth?: {
    readonly provider_alias?: string;
    readonly provider_type?: string;
    readonly provider_subject_id?: string;
    readonly user_profile?: { readonly [key: string]: unknown };
  };
  /** The entry in a directory. */
  readonly ldap?: { readonly [key: string]: unknown };
  /** What it says of the user. */
  readonly claims?: { readonly [key: string]: unknown };
  /** Whatever else the vendor sends. */
  readonly [key: string]: unknown;
}

/** A TOTP authenticator with its secret in clear; in records only with `includeSecrets`. */
export interface AuthgearTotp {
  /** The secret by which codes are made. With `includeSecrets` only. */
  readonly secret?: string;
  /** The same, as a URI for authenticator apps. With `includeSecrets` only. */
  readonly uri?: string;
  /** Whatever else the vendor sends. */
  readonly [key: string]: unknown;
}

/**
 * A user as Authgear exports it in NDJSON, with the vendor's own names. A field that a user has no value for is absent,
 * never `null`; fields that newer servers add are kept. Times are RFC 3339 with 0 to 9 fraction digits.
 *
 * The export is not de-duplicated: Authgear reads users page by page while they change, so one may come twice. `sub` is
 * what tells them apart.
 */
export interface AuthgearUser {
  /** The user's id. */
  readonly sub: string;
  /** The user name. */
  readonly preferred_username?: string;
  /** The e-mail address. */
  readonly email?: string;
  /** The phone number, in E.164. */
  readonly phone_number?: string;
  /** Whether the address was confirmed. */
  readonly email_verified?: boolean;
  /** Whether the number was confirmed. */
  readonly phone_number_verified?: boolean;
  /** The whole name. */
  readonly name?: string;
  /** The given name. */
  readonly given_name?: string;
  /** The family name. */
  readonly family_name?: string;
  /** The middle name. */
  readonly middle_name?: string;
  /** The nickname. */
  readonly nickname?: string;
  /** The URL of a profile. */
  readonly profile?: string;
  /** The URL of a picture. */
  readonly picture?: string;
  /** The URL of a website. */
  readonly website?: string;
  /** The gender, in the user's own words. */
  readonly gender?: string;
  /** The date of birth, as `YYYY-MM-DD`. */
  readonly birthdate?: string;
  /** The time zone. */
  readonly zoneinfo?: string;
  /** The user's language. */
  readonly locale?: string;
  /** The postal address, a claim of OpenID Connect. */
  readonly address?: {
    readonly formatted?: string;
    readonly street_address?: string;
    readonly locality?: string;
    readonly region?: string;
    readonly postal_code?: string;
    readonly country?: string;
    readonly [key: string]: unknown;
  };
  /** The project's own attributes. */
  readonly custom_attributes?: { readonly [name: string]: string | number };
  /** The keys of the user's roles. */
  readonly roles?: readonly string[];
  /** The keys of the user's groups. */
  readonly groups?: readonly string[];
  /** Whether the account is disabled. */
  readonly disabled?: boolean;
  /** When the account was made. RFC 3339. */
  readonly created_at?: string;
  /** When the account is to be deleted. RFC 3339. */
  readonly delete_at?: string;
  /** When the user last signed in. RFC 3339. */
  readonly last_login_at?: string;
  /** Whether the account was anonymized. */
  readonly is_anonymized?: boolean;
  /** When the account is to be anonymized. RFC 3339. */
  readonly anonymize_at?: string;
  /** From when on the account is disabled for a time. RFC 3339. */
  readonly temporarily_disabled_from?: string;
  /** Until when the account is disabled for a time. RFC 3339. */
  readonly temporarily_disabled_until?: string;
  /** From when on the account may be used. RFC 3339. */
  readonly account_valid_from?: string;
  /** Until when the account may be used. RFC 3339. */
  readonly account_valid_until?: string;
  /** What the user signs in with. */
  readonly identities?: readonly AuthgearIdentity[];
  /** The user's second factors. */
  readonly mfa?: {
    readonly emails?: readonly string[];
    readonly phone_numbers?: readonly string[];
    /** Left out unless the request says `includeSecrets: true`. */
    readonly totps?: readonly AuthgearTotp[];
    readonly [key: string]: unknown;
  };
  /** How many biometric keys the user has registered. */
  readonly biometric_count?: number;
  /** How many passkeys the user has registered. */
  readonly passkey_count?: number;
  /** Whatever else the vendor sends. */
  readonly [key: string]: unknown;
}

/** The columns in which `encode("csv")` writes NDJSON users; nested values as JSON. */
export const USER_COLUMNS = [
  "sub",
  "preferred_username",
  "email",
  "phone_number",
  "email_verified",
  "phone_number_verified",
  "name",
  "given_name",
  "family_name",
  "middle_name",
  "nickname",
  "profile",
  "picture",
  "website",
  "gender",
  "birthdate",
  "zoneinfo",
  "locale",
  "address",
  "custom_attributes",
  "roles",
  "groups",
  "disabled",
  "created_at",
  "delete_at",
  "last_login_at",
  "is_anonymized",
  "anonymize_at",
  "temporarily_disabled_from",
  "temporarily_disabled_until",
  "account_valid_from",
  "account_valid_until",
  "identities",
  "mfa",
  "biometric_count",
  "passkey_count",
] as const satisfies readonly (keyof AuthgearUser)[];
