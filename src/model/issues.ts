import type { ExportErrorContext } from "./errors.js";

/** What a validator found wrong, as the Standard Schema specification words it. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The path of an issue as a caller would write it: `fields[2].pointer`. */
export function issuePath(path: SchemaIssue["path"]): string {
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

/** The message and the details of an error about wrong input: every wrong field by name, with what is wrong with it. */
export function describeIssues(what: string, issues: readonly SchemaIssue[]): [string, ExportErrorContext] {
  const found = issues.flatMap(worded);
  const list = found.map(({ field, message }) => (field === "" ? message : `${field}: ${message}`));
  const first = found[0];
  return [
    `${what}: ${list.join("; ")}`,
    { details: { ...(first && first.field !== "" && { field: first.field }), issues: found } },
  ];
}

// zod/mini brings no words of its own, to be small: what a schema does not word is worded here, from the issue's code.
function worded(issue: DetailedIssue): { readonly field: string; readonly message: string }[] {
  const field = issuePath(issue.path);
  const near = nearestMember(issue);
  if (near)
    return near.flatMap((inner) =>
      worded({ ...inner, path: [...(issue.path ?? []), ...(inner.path ?? [])] }),
    );
  if (issue.code === "unrecognized_keys") {
    return (issue.keys ?? []).map((key) => ({
      field: issuePath([...(issue.path ?? []), key]),
      message: "is not a known field; check its spelling or remove it",
    }));
  }
  if (issue.message !== "Invalid input") return [{ field, message: issue.message }];
  if (issue.code === "invalid_type") return [{ field, message: `must be of type ${issue.expected}` }];
  if (issue.code === "invalid_value") {
    return [
      {
        field,
        message: `must be ${(issue.values ?? []).map((value) => JSON.stringify(value)).join(" or ")}`,
      },
    ];
  }
  return [{ field, message: "is not valid" }];
}

/** The issues of the union's member that was meant: the one whose own type fits, where that is only one. */
function nearestMember({ errors }: DetailedIssue): readonly DetailedIssue[] | undefined {
  const fitting = errors?.filter(
    (issues) => !issues.some(({ code, path }) => code === "invalid_type" && !path?.length),
  );
  return fitting?.length === 1 ? fitting[0] : undefined;
}
