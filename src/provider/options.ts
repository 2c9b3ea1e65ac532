import * as z from "#zod";
import { ExportError } from "../model/errors.js";
import { describeIssues, type SchemaIssue } from "../model/issues.js";
import { isObject } from "../model/json.js";
import { ownProperties, unpolluted } from "../model/own-properties.js";
import { addressText } from "./base-url.js";
import type { RequestSchema } from "./contract.js";

/**
 * An adapter's options as they were given: nothing inherited, and `URL` objects as text where addresses are expected.
 *
 * @param addresses - the names of the options that hold addresses
 * @example
 * ```ts
 * givenOptions({ origin: new URL("https://shop.example"), apiKey: "k" }, "origin");
 * // { origin: "https://shop.example/", apiKey: "k" }
 * ```
 */
export function givenOptions<Options>(given: Options, ...addresses: readonly (keyof Options)[]): Options {
  const own = ownProperties(given);
  if (isObject(own)) {
    for (const name of addresses) Object.assign(own, { [name]: addressText(own[name as string]) });
  }
  return own;
}

/**
 * Checks the options of an adapter by a schema in the shape of Standard Schema, such as one of zod.
 *
 * @param adapter - the adapter's name, with which the message begins
 * @param makeSchema - the schema; made here, since importing an adapter makes nothing
 * @returns the options as they were given
 * @throws `CONFIG_INVALID`, naming every wrong option
 * @example
 * ```ts
 * const options = checkOptions("shop", () => z.strictObject({ apiKey: z.string() }), givenOptions(given));
 * ```
 */
export function checkOptions<Options>(
  adapter: string,
  makeSchema: () => RequestSchema<unknown>,
  options: Options,
): Options {
  const result = unpolluted(() => makeSchema()["~standard"].validate(options));
  if ("then" in result) throw optionError(adapter, "options", "cannot be checked by an asynchronous schema");
  if (!result.issues) return options;
  throw invalid(adapter, result.issues, options);
}

/**
 * The error for one wrong option, as {@link checkOptions} words it.
 *
 * @example
 * ```ts
 * optionError("shop", "apiKey", "must not be empty").message; // "shop: apiKey: must not be empty"
 * ```
 */
export function optionError(adapter: string, field: string, problem: string): ExportError {
  return invalid(adapter, [{ path: [field], message: problem }]);
}

function invalid(adapter: string, ...found: readonly [readonly SchemaIssue[], unknown?]): ExportError {
  const [message, context] = describeIssues(adapter, ...found);
  return new ExportError("CONFIG_INVALID", message, { ...context, provider: adapter });
}

/**
 * A schema of zod out of a function that says what is wrong with a value, in words that follow the option's name, or
 * `undefined` where nothing is.
 *
 * @example
 * ```ts
 * const schema = () => z.strictObject({ privateKey: checkedBy<string>(signingKeyProblem) });
 * ```
 */
export function checkedBy<T>(problemOf: (value: unknown) => string | undefined): z.ZodMiniCustom<T, T> {
  return z.custom<T>((value) => problemOf(value) === undefined, {
    error: (issue) => problemOf(issue.input) ?? "",
  });
}

/**
 * A schema of zod for an id or a key: text without white space around it, which an environment variable often ends with,
 * and which a vendor answers with a refusal that explains nothing.
 *
 * @example
 * ```ts
 * const schema = () => z.strictObject({ apiKey: wordOption() });
 * ```
 */
export function wordOption(): z.ZodMiniString {
  return z
    .string("must be a string")
    .check(z.minLength(1, "must not be empty"))
    .check(z.refine((text) => text === text.trim(), "must not begin or end with white space"));
}

/**
 * A schema of zod for an option that another one excludes.
 *
 * @example
 * ```ts
 * const schema = () => z.strictObject({ token: z.string(), apiKey: unwantedOption("token") });
 * ```
 */
export function unwantedOption(beside: string): z.ZodMiniOptional<z.ZodMiniUndefined> {
  return z.optional(z.undefined(`does not go together with ${beside}`));
}
