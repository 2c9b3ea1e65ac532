import type { ExportErrorCode } from "./error-codes.js";

const SEE = "; see docs/errors.md#";
const SEE_ANYWHERE = new RegExp(`\\.?${SEE}\\w+`, "g");
/** About what the caller passed: the message names the field and what to write there, and needs no page. */
const TOLD_WHOLE = "CONFIG_INVALID REQUEST_INVALID JOB_INVALID JOB_NOT_READY ALREADY_CONSUMED NOT_SUPPORTED";

/** A message without the page it ends with, also where it stands within another. */
export function withoutSee(message: string): string {
  return message.replace(SEE_ANYWHERE, "");
}

/** A message that ends with the page on its code. */
export function withSee(code: ExportErrorCode, message: string): string {
  const said = withoutSee(message);
  return TOLD_WHOLE.includes(code) ? said : said.replace(/\.$/, "") + SEE + code.toLowerCase();
}
