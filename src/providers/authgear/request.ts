import * as z from "#zod";
import type { RequestSchema } from "../../provider/contract.js";
import { ownProperties } from "../../provider/values.js";
import {
  type AuthgearPointer,
  cellTypeOf,
  DEFAULT_POINTERS,
  headerOf,
  isKnownPointer,
  isTotpPointer,
  TOTP_POINTER,
} from "./pointers.js";

/** One CSV column: a pointer into the user, and the header it gets. */
export interface AuthgearField {
  /** Where the value is in the user: an RFC 6901 pointer such as `/email` or `/address/country`. */
  readonly pointer: AuthgearPointer;
  /** The column's header. Default: the pointer's tokens joined with dots, `address.country` for `/address/country`. */
  readonly fieldName?: string;
}

/** One JSON object a user, with every field Authgear has. */
export interface AuthgearNdjsonRequest {
  /** `"ndjson"`: whole users; `"csv"`: chosen columns. */
  readonly format: "ndjson";
  /** Columns are for `format: "csv"`; here every field comes. */
  readonly fields?: undefined;
  /** Keep `mfa.totps`, the users' TOTP secrets in clear, in the records. Default `false`. */
  readonly includeSecrets?: boolean | undefined;
}

/** One row a user. */
export interface AuthgearCsvRequest {
  /** `"ndjson"`: whole users; `"csv"`: chosen columns. */
  readonly format: "csv";
  /**
   * The columns, in order; header names must be unique. Default: all that Authgear documents, custom attributes as one
   * JSON column, TOTP secrets only with `includeSecrets`.
   */
  readonly fields?: readonly (AuthgearPointer | AuthgearField)[] | undefined;
  /** Ask for and keep `mfa.totps`, the users' TOTP secrets in clear. Default `false`. */
  readonly includeSecrets?: boolean | undefined;
}

/** What `startExport` takes for an Authgear connection. */
export type AuthgearRequest = AuthgearNdjsonRequest | AuthgearCsvRequest;

/** A CSV column as it is asked for. */
export interface Column {
  readonly pointer: string;
  readonly fieldName?: string | undefined;
  readonly header: string;
}

// The server refuses larger bodies (JSONTooLarge); finding out here costs no quota.
const LARGEST_BODY_CHARACTERS = 1024 * 1024;

export function requestSchema(): RequestSchema<AuthgearRequest> {
  const pointer = z
    .string("must be a pointer such as /email")
    .check(
      z.refine(
        (text) => /^(\/([^~/]|~0|~1)*)+$/.test(text),
        "must be an RFC 6901 pointer that begins with a slash, such as /email or /custom_attributes/plan",
      ),
    );
  const field = z.union(
    [
      pointer,
      z.strictObject({
        pointer,
        fieldName: z.optional(
          z.string("must be a string").check(z.minLength(1, "must have at least 1 character")),
        ),
      }),
    ],
    "must be a pointer such as /email, or { pointer, fieldName? }",
  );
  const includeSecrets = z.optional(z.boolean("must be true or false"));
  const schema = z.discriminatedUnion(
    "format",
    [
      z.strictObject({
        format: z.literal("ndjson"),
        fields: z.optional(z.undefined("is for format csv only")),
        includeSecrets,
      }),
      z.strictObject({
        format: z.literal("csv"),
        fields: z.optional(
          z
            .array(field, "must be a list of pointers")
            .check(z.minLength(1, "must name at least one field; leave it out for all"))
            .check(z.superRefine(refuseSameHeaders)),
        ),
        includeSecrets,
      }),
    ],
    'must be "ndjson" or "csv"',
  );
  return schema as unknown as RequestSchema<AuthgearRequest>;
}

type FieldInput = string | { readonly pointer: string; readonly fieldName?: string | undefined };

function refuseSameHeaders(fields: readonly FieldInput[], context: z.Refining): void {
  const firstWith = new Map<string, number>();
  fields.map(columnOf).forEach(({ header }, index) => {
    const received = headerAsRead(header);
    const first = firstWith.get(received);
    if (first === undefined) firstWith.set(received, index);
    else {
      context.addIssue({
        code: "custom",
        path: [index],
        message: `has the header "${header}" like fields[${first}]; give one of them another fieldName`,
      });
    }
  });
  if (JSON.stringify(fields).length > LARGEST_BODY_CHARACTERS) {
    context.addIssue({ code: "custom", path: [], message: "is larger than the 1 MiB that Authgear accepts" });
  }
}

function columnOf(field: FieldInput): Column {
  const { pointer, fieldName } =
    typeof field === "string" ? { pointer: field, fieldName: undefined } : ownProperties(field);
  return { pointer, fieldName, header: fieldName ?? headerOf(pointer) };
}

/** A header as it comes back: readers strip a byte order mark, and a lone surrogate becomes U+FFFD. */
export function headerAsRead(header: string): string {
  return header.replace(/^\ufeff+/, "").replace(/\p{Cs}/gu, "\ufffd");
}

/** The columns a CSV request asks for. */
export function columnsOf(request: AuthgearCsvRequest): readonly Column[] {
  if (request.fields) return request.fields.map(columnOf);
  const defaults: readonly string[] = DEFAULT_POINTERS;
  return (request.includeSecrets ? [...defaults, TOTP_POINTER] : defaults).map(columnOf);
}

/** The columns that records have, with how their cells are read. */
export function recordColumns(request: AuthgearCsvRequest) {
  return columnsOf(request)
    .filter(({ pointer }) => request.includeSecrets || !isTotpPointer(pointer))
    .map((column) => ({ ...column, type: cellTypeOf(column.pointer) }));
}

/** The body of the start request, in the vendor's own spelling. */
export function startBody(request: AuthgearRequest): string {
  if (request.format === "ndjson") return JSON.stringify({ format: "ndjson" });
  const fields = columnsOf(request).map(({ pointer, fieldName }) => ({
    pointer,
    ...(fieldName !== undefined && { field_name: fieldName }),
  }));
  return JSON.stringify({ format: "csv", csv: { fields } });
}

/** What is allowed but probably not meant. */
export function requestWarnings(request: AuthgearRequest): readonly string[] {
  if (request.format === "ndjson") return [];
  return columnsOf(request).flatMap(({ pointer }, index) => {
    if (isTotpPointer(pointer) && !request.includeSecrets) {
      return [
        `fields[${index}]: records leave ${pointer} out, it holds TOTP secrets; set includeSecrets: true to keep it`,
      ];
    }
    if (!isKnownPointer(pointer)) {
      return [`fields[${index}]: ${pointer} is not a field that Authgear documents; its column may be empty`];
    }
    return [];
  });
}
