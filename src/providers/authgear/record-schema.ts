import type { JsonObject, RecordSchema } from "../../provider/contract.js";
import type { CellType } from "./pointers.js";
import type { Column } from "./request.js";

/** A column that comes, and how its cells are read. */
export interface TypedColumn extends Column {
  readonly type: CellType;
}

const text = { type: "string" };
const time = { type: "string", format: "date-time" };
const flag = { type: "boolean" };
const count = { type: "integer" };
const texts = { type: "array", items: text };
const object = { type: "object" };

const DRAFT = "http://json-schema.org/draft-07/schema#";

const TIMES = [
  "created_at",
  "delete_at",
  "last_login_at",
  "anonymize_at",
  "temporarily_disabled_from",
  "temporarily_disabled_until",
  "account_valid_from",
  "account_valid_until",
];

/**
 * What the records look like: rows of these columns, or else users. What is loaded at once hands the columns over, so that
 * this module imports none of it.
 */
export function recordSchema(
  columns: readonly TypedColumn[] | undefined,
  includeSecrets: boolean | undefined,
): RecordSchema {
  return columns ? rowSchema(columns) : userSchema(includeSecrets ?? false);
}

function userSchema(includeSecrets: boolean): RecordSchema {
  const named = (names: readonly string[], schema: JsonObject) =>
    Object.fromEntries(names.map((name) => [name, schema]));
  const totp = { type: "object", properties: { secret: text, uri: text } };
  const properties = {
    sub: text,
    ...named(["preferred_username", "email", "phone_number"], text),
    ...named(["email_verified", "phone_number_verified"], flag),
    ...named(["name", "given_name", "family_name", "middle_name", "nickname", "profile", "picture"], text),
    ...named(["website", "gender", "birthdate", "zoneinfo", "locale"], text),
    address: {
      type: "object",
      properties: named(
        ["formatted", "street_address", "locality", "region", "postal_code", "country"],
        text,
      ),
    },
    custom_attributes: object,
    ...named(["roles", "groups"], texts),
    ...named(["disabled", "is_anonymized"], flag),
    ...named(TIMES, time),
    identities: {
      type: "array",
      items: {
        type: "object",
        properties: { type: text, login_id: object, oauth: object, ldap: object, claims: object },
      },
    },
    mfa: {
      type: "object",
      properties: {
        ...named(["emails", "phone_numbers"], texts),
        ...(includeSecrets && { totps: { type: "array", items: totp } }),
      },
    },
    ...named(["biometric_count", "passkey_count"], count),
  };
  return { schema: { $schema: DRAFT, type: "object", properties, required: ["sub"] }, key: ["sub"] };
}

/** A row keyed by the headers asked for; an empty cell is `null`. */
function rowSchema(columns: readonly TypedColumn[]): RecordSchema {
  const sub = columns.find(({ pointer }) => pointer === "/sub")?.header;
  // By entries, for a column may be called __proto__.
  const properties = Object.fromEntries(
    columns.map((column) => [column.header, column.header === sub ? text : cellSchema(column)]),
  );
  const schema = {
    $schema: DRAFT,
    type: "object",
    properties,
    ...(sub !== undefined && { required: [sub] }),
  };
  return sub === undefined ? { schema } : { schema, key: [sub] };
}

const LISTS = ["/roles", "/groups", "/mfa/emails", "/mfa/phone_numbers"];

function cellSchema({ pointer, type }: TypedColumn): JsonObject {
  if (LISTS.includes(pointer)) return { type: ["array", "null"], items: text };
  if (TIMES.includes(pointer.slice(1))) return { type: ["string", "null"], format: "date-time" };
  if (type !== "json") return { type: [type, "null"] };
  const kind = pointer === "/identities" || pointer === "/mfa/totps" ? "array" : "object";
  return { type: [kind, "null"] };
}
