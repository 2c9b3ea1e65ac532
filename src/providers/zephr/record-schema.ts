import type { JsonObject, RecordSchema } from "../../provider/contract.js";
import type { ZephrApiVersion } from "./options.js";

const text = { type: "string" };
const object = { type: "object" };

const DRAFT = "http://json-schema.org/draft-07/schema#";

/** What the records of a request look like. Of v4 nothing is promised: Zephr describes one format and declares another. */
export function recordSchema(
  apiVersion: ZephrApiVersion,
  { grants }: { readonly grants?: unknown },
): RecordSchema {
  if (apiVersion === "v4") return { schema: { $schema: DRAFT, type: "object" } };
  const properties = {
    "seq-no": { type: "integer" },
    user: userSchema(),
    ...(grants === true && { grants: grantsSchema() }),
  };
  return {
    schema: { $schema: DRAFT, type: "object", properties, required: ["user"] },
    key: ["user.user_id"],
  };
}

function userSchema(): JsonObject {
  return {
    type: "object",
    properties: {
      user_id: text,
      identifiers: { type: "object", properties: { email_address: text, username: text } },
      attributes: object,
      email_verified: { type: "boolean" },
      tracking_id: text,
      registered: text,
      registration_tenant: text,
      // The vendor's samples have an object, others have seen a list.
      foreign_keys: {},
    },
  };
}

function grantsSchema(): JsonObject {
  const names = ["grantId", "user_id", "account_id", "expiry_state", "entitlement_type", "entitlement_id"];
  // Times without a zone, which is no `date-time`.
  const others = ["startTime", "endTime", "product_id", "createdAt"];
  const properties = Object.fromEntries([...names, ...others].map((name) => [name, text]));
  return {
    type: "object",
    properties: { results: { type: "array", items: { type: "object", properties } } },
  };
}
