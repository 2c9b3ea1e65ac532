// What is used of zod, as `#zod`: where Node, Bun or Deno load the package as it is, a file of its own, made of this one, and
// for bundlers and Workers `zod/mini` itself (see the `imports` of package.json). It would be 92 modules of zod, most of
// them translations; a bundler leaves them out by itself, and shares zod with the rest of the program.
/** What a check of several members together tells, as much of it as is used: zod's own type would take its core along. */
export interface Refining {
  addIssue(issue: {
    readonly code: "custom";
    readonly path: PropertyKey[];
    readonly message: string;
    readonly input?: unknown;
  }): void;
}
export type {
  ZodMiniCustom,
  ZodMiniOptional,
  ZodMiniString,
  ZodMiniType,
  ZodMiniUndefined,
} from "zod/mini";
export {
  array,
  boolean,
  custom,
  discriminatedUnion,
  enum,
  gte,
  int,
  literal,
  looseObject,
  maxLength,
  minLength,
  nonnegative,
  nullable,
  nullish,
  number,
  object,
  optional,
  pipe,
  positive,
  record,
  refine,
  regex,
  strictObject,
  string,
  superRefine,
  transform,
  undefined,
  union,
  unknown,
} from "zod/mini";
