import type { SchemaIssue } from "../model/issues.js";

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
