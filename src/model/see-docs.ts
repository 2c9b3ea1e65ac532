import type { ExportErrorCode } from "./error-codes.js";

const SEE = "; see docs/errors.md#";

/** A message without the page it ends with, also where it stands within another. */
export function withoutSee(message: string): string {
  return message.replace(new RegExp(`${SEE}\\w+`, "g"), "");
}

/**
 * A message that ends with the page on its code. One about what the caller passed names the field and what to write
 * there, and needs none.
 */
export function withSee(code: ExportErrorCode, message: string): string {
  const said = withoutSee(message);
  return /^(CONF|REQ|JOB|ALR|NOT_S)/.test(code) ? said : said + SEE + code.toLowerCase();
}
