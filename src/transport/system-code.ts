/** The system's word for a failure, such as `ECONNREFUSED`: that of the innermost cause that has one. */
export function systemCode(error: unknown): string | undefined {
  let found: string | undefined;
  let current = error;
  for (let depth = 0; depth < 6 && typeof current === "object" && current !== null; depth++) {
    const { code, cause, errors } = current as { readonly [key: string]: unknown };
    if (typeof code === "string" && /^[A-Z][A-Za-z0-9_]{2,63}$/.test(code)) found = code;
    current = Array.isArray(errors) ? errors[0] : cause;
  }
  return found;
}
