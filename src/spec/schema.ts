import type { SchemaIssue } from "../model/issues.js";
import type { JsonObject } from "../model/json.js";

/**
 * A validator in the shape of the Standard Schema specification (https://standardschema.dev), version 1:
 * a zod, valibot or arktype schema fits as it is.
 */
export interface RequestSchema<Output> {
  /** As Standard Schema has it; zod, valibot and arktype make such schemas. */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    /** Checks a value, and gives what it is taken for. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
  };
}

/** What a check gives: the value, or what is wrong with it. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** What the records of an export look like, for a table, a catalogue or a validator. */
export interface RecordSchema {
  /** A JSON Schema (draft 7) of one record. What it does not name may come as well. */
  readonly schema: JsonObject;
  /**
   * The members that identify a record together: by name, or by a path such as `user.user_id`. Absent where nothing does.
   */
  readonly key?: readonly string[];
}
