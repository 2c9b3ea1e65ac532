import type { ExportErrorContext } from "./errors.js";
import { mistakeIn } from "./mistakes.js";

/** What a validator found wrong, as the Standard Schema specification words it. */
export interface SchemaIssue {
  /** What is wrong. */
  readonly message: string;
  /** Where, from the outermost member to the innermost. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The path of an issue as a caller would write it: `fields[2].pointer`. */
function issuePath(path: SchemaIssue["path"]): string {
  let text = "";
  for (const segment of path ?? []) {
    const key = typeof segment === "object" ? segment.key : segment;
    if (typeof key === "number") text += `[${key}]`;
    else text += text === "" ? String(key) : `.${String(key)}`;
  }
  return text;
}

/** A validator's issue with what zod tells beside the message. */
interface DetailedIssue extends SchemaIssue {
  readonly code?: string;
  readonly expected?: string;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  /** What each member of a union found wrong. */
  readonly errors?: readonly (readonly DetailedIssue[])[];
}

/** What to say about a problem at a place beside the problem itself, such as what was probably meant; or nothing. */
export type Hint = (path: readonly PropertyKey[], problem: string) => string | undefined;

/**
 * The message and the details of an error about wrong input: every wrong field by name, with what is wrong with it.
 *
 * @param input - what was given
 */
export function describeIssues(
  what: string,
  issues: readonly SchemaIssue[],
  input?: unknown,
  hint?: Hint,
): [string, ExportErrorContext] {
  const whole = mistakeIn(input);
  const found = whole
    ? [{ field: "", message: whole }]
    : issues.flatMap((issue) => worded(issue, input, hint));
  const list = found.map(({ field, message }) => (field === "" ? message : `${field}: ${message}`));
  const first = found[0];
  return [
    `${what}: ${list.join("; ")}`,
    { details: { ...(first && first.field !== "" && { field: first.field }), issues: found } },
  ];
}

// zod/mini brings no words of its own, to be small: what a schema does not word is worded here, from the issue's code.
function worded(
  issue: DetailedIssue,
  input: unknown,
  hint: Hint | undefined,
): { readonly field: string; readonly message: string }[] {
  const near = nearestMember(issue);
  const path = keysOf(issue.path);
  if (near)
    return near.flatMap((inner) => worded({ ...inner, path: [...path, ...keysOf(inner.path)] }, input, hint));
  if (issue.code === "unrecognized_keys") {
    const problem = "is not a known field; ";
    return (issue.keys ?? []).map((key) => ({
      field: issuePath([...path, key]),
      message: problem + (hint?.([...path, key], problem) ?? "check its spelling or remove it"),
    }));
  }
  const problem = problemOf(issue);
  const mistake = path.length > 0 ? mistakeIn(path.reduce(memberOf, input)) : undefined;
  const more = mistake ?? hint?.(path, problem);
  return [{ field: issuePath(path), message: more === undefined ? problem : `${problem} (${more})` }];
}

function problemOf({ message, code, expected, values = [] }: DetailedIssue): string {
  if (message !== "Invalid input") return message;
  if (code === "invalid_type") return `must be of type ${expected}`;
  if (code === "invalid_value") return `must be ${values.map((value) => JSON.stringify(value)).join(" or ")}`;
  return "is not valid";
}

const keysOf = (path: SchemaIssue["path"] = []): PropertyKey[] =>
  path.map((segment) => (typeof segment === "object" ? segment.key : segment));

/** An own member that no getter makes: those of a caller may throw. */
function memberOf(holder: unknown, key: PropertyKey): unknown {
  return Object.getOwnPropertyDescriptor(Object(holder), key)?.value;
}

/** The issues of the union's member that was meant: the one whose own type fits, where that is only one. */
function nearestMember({ errors }: DetailedIssue): readonly DetailedIssue[] | undefined {
  const fitting = errors?.filter(
    (issues) => !issues.some(({ code, path }) => code === "invalid_type" && !path?.length),
  );
  return fitting?.length === 1 ? fitting[0] : undefined;
}
