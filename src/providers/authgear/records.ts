import type { ExportJob, RecordDecoder, RecordKind } from "../../provider/contract.js";
import { ndjson } from "../../provider/decoders.js";
import { isObject, ownProperties } from "../../provider/values.js";
import { csvRecords, withoutTotpsIn } from "./csv-records.js";
import type { CellOf, DEFAULT_POINTERS, HeaderOf } from "./pointers.js";
import type { AuthgearCsvRequest, AuthgearRequest } from "./request.js";
import { type AuthgearUser, USER_COLUMNS } from "./user.js";

/** The record type by request: the user for NDJSON, a row keyed by the headers asked for for CSV. */
export interface AuthgearRecords extends RecordKind {
  /** Users, or the columns of a CSV file. */
  readonly record: this["request"] extends { readonly format: "csv" }
    ? AuthgearCsvRecord<this["request"]>
    : this["request"] extends { readonly format: "ndjson" }
      ? AuthgearUser
      : AuthgearUser | AuthgearCsvRecord<AuthgearCsvRequest>;
}

/** A CSV row: typed by the pointers asked for, `null` where a cell is empty. */
export type AuthgearCsvRecord<Request> = Request extends {
  readonly fields: infer Fields extends readonly unknown[];
}
  ? { readonly [Field in Fields[number] as HeaderFor<Field>]: CellOf<PointerOf<Field>> }
  : "fields" extends keyof Request
    ? { readonly [header: string]: unknown }
    : { readonly [Pointer in DefaultPointer as HeaderOf<Pointer>]: CellOf<Pointer> } & {
        readonly "mfa.totps"?: unknown;
      };

type DefaultPointer = (typeof DEFAULT_POINTERS)[number];
type PointerOf<Field> = Field extends string
  ? Field
  : Field extends { readonly pointer: infer P extends string }
    ? P
    : never;
type HeaderFor<Field> = Field extends { readonly fieldName: infer Name extends string }
  ? Name
  : HeaderOf<PointerOf<Field>>;

/** How the bytes of an export become records. */
export function records(job: ExportJob<string, AuthgearRequest>): RecordDecoder<unknown> {
  const request = ownProperties(job.request);
  const includeSecrets = request.includeSecrets ?? false;
  return request.format === "csv" ? csvRecords(request, includeSecrets) : ndjsonRecords(includeSecrets);
}

function ndjsonRecords(includeSecrets: boolean): RecordDecoder<AuthgearUser> {
  return ndjson<AuthgearUser>({
    map(value) {
      if (!isObject(value) || typeof value.sub !== "string") throw new Error("it has no sub");
      if (!includeSecrets) dropTotps(value);
      return value as unknown as AuthgearUser;
    },
    csv: { columns: USER_COLUMNS },
    identify: ({ sub }) => sub,
  });
}

/**
 * Leaves `mfa.totps` out of a user: the secrets would outlive the export in whatever the records are written to. Nobody else
 * has the user yet, and a copy of it would cost more than the rest.
 */
function dropTotps(user: { mfa?: unknown }): void {
  const { mfa } = user;
  if (isObject(mfa) && "totps" in mfa) user.mfa = withoutTotpsIn(mfa);
}
