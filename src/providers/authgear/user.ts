/** A way a user signs in. */
export interface AuthgearIdentity {
  readonly type: "login_id" | "oauth" | "ldap" | (string & {});
  readonly login_id?: {
    readonly key?: string;
    readonly type?: string;
    readonly value?: string;
    readonly original_value?: string;
  };
  readonly oauth?: {
    readonly provider_alias?: string;
    readonly provider_type?: string;
    readonly provider_subject_id?: string;
    readonly user_profile?: { readonly [key: string]: unknown };
  };
  readonly ldap?: { readonly [key: string]: unknown };
  readonly claims?: { readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** A TOTP authenticator with its secret in clear; in records only with `includeSecrets`. */
export interface AuthgearTotp {
  readonly secret?: string;
  readonly uri?: string;
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
  readonly sub: string;
  readonly preferred_username?: string;
  readonly email?: string;
  readonly phone_number?: string;
  readonly email_verified?: boolean;
  readonly phone_number_verified?: boolean;
  readonly name?: string;
  readonly given_name?: string;
  readonly family_name?: string;
  readonly middle_name?: string;
  readonly nickname?: string;
  readonly profile?: string;
  readonly picture?: string;
  readonly website?: string;
  readonly gender?: string;
  readonly birthdate?: string;
  readonly zoneinfo?: string;
  readonly locale?: string;
  readonly address?: {
    readonly formatted?: string;
    readonly street_address?: string;
    readonly locality?: string;
    readonly region?: string;
    readonly postal_code?: string;
    readonly country?: string;
    readonly [key: string]: unknown;
  };
  readonly custom_attributes?: { readonly [name: string]: string | number };
  readonly roles?: readonly string[];
  readonly groups?: readonly string[];
  readonly disabled?: boolean;
  readonly created_at?: string;
  readonly delete_at?: string;
  readonly last_login_at?: string;
  readonly is_anonymized?: boolean;
  readonly anonymize_at?: string;
  readonly temporarily_disabled_from?: string;
  readonly temporarily_disabled_until?: string;
  readonly account_valid_from?: string;
  readonly account_valid_until?: string;
  readonly identities?: readonly AuthgearIdentity[];
  readonly mfa?: {
    readonly emails?: readonly string[];
    readonly phone_numbers?: readonly string[];
    /** Left out unless the request says `includeSecrets: true`. */
    readonly totps?: readonly AuthgearTotp[];
    readonly [key: string]: unknown;
  };
  readonly biometric_count?: number;
  readonly passkey_count?: number;
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
