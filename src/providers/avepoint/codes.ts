/** The numbers that stand for choices in AvePoint's query parameters, by readable names. */
export const EXPORT_OPTIONS = { summaryAndSites: 1, summaryAndObjects: 2, summary: 3 } as const;
export const LINK_TYPES = { specific: 32, organization: 64, anyone: 128 } as const;
export const GOOGLE_LINK_TYPES = { targetAudience: 301, anyone: 303 } as const;

/** A choice as the vendor's number, whichever way it was written. */
export function codeOf(codes: { readonly [name: string]: number }, choice: string | number): number {
  return typeof choice === "number" ? choice : (codes[choice] ?? Number.NaN);
}

/** Why a value is none of the choices; `undefined` where it is one. */
export function choiceProblem(
  codes: { readonly [name: string]: number },
  value: unknown,
): string | undefined {
  const known =
    (typeof value === "string" && Object.hasOwn(codes, value)) ||
    Object.values(codes).includes(value as number);
  if (known) return undefined;
  const names = Object.entries(codes).map(([name, code]) => `"${name}" (${code})`);
  return `must be one of ${names.join(", ")}`;
}
