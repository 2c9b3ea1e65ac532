import { customAttributeNames } from "./users.js";

/** One column of a CSV export, as the vendor's request names it. */
export interface AuthgearCsvField {
  /** An RFC 6901 pointer into the record, such as `/address/country`. */
  readonly pointer: string;
  /** The header's text; derived from the pointer where it is left out. */
  readonly field_name?: string;
}

const standard =
  "sub preferred_username email phone_number email_verified phone_number_verified name given_name middle_name nickname " +
  "profile picture website gender birthdate zoneinfo locale address/formatted address/street_address address/locality " +
  "address/region address/postal_code address/country roles groups disabled";
const lifecycle =
  "created_at delete_at last_login_at is_anonymized anonymize_at temporarily_disabled_from temporarily_disabled_until " +
  "account_valid_from account_valid_until";
const trailing = "identities mfa/emails mfa/phone_numbers mfa/totps biometric_count passkey_count";

/** The columns of a CSV without `fields`: the 41 standard ones (32 at an older server) and the custom attributes. */
export function defaultFields(olderServer: boolean): readonly AuthgearCsvField[] {
  const names = [
    ...standard.split(" "),
    ...(olderServer ? [] : lifecycle.split(" ")),
    ...trailing.split(" "),
    ...customAttributeNames.map((name) => `custom_attributes/${name}`),
  ];
  return names.map((name) => ({ pointer: `/${name}` }));
}

/** The reference tokens of a pointer, unescaped, none for the whole record; `undefined` where it is not a pointer. */
export function pointerTokens(pointer: string): readonly string[] | undefined {
  if (!/^(?:\/(?:[^/~]|~[01])*)*$/su.test(pointer)) return undefined;
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** A column's header. */
export function headerOf(field: AuthgearCsvField): string {
  return field.field_name ?? (pointerTokens(field.pointer) ?? []).join(".");
}
