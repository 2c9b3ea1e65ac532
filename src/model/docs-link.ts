import type { ExportErrorCode } from "./error-codes.js";

const LINK = "; see docs/errors.md#";
const ANY_LINK = new RegExp(`\\.?${LINK}\\w+`, "g");
/** About what the caller passed: the message names the field and what to write there, and needs no page. */
const TOLD_WHOLE = "CONFIG_INVALID REQUEST_INVALID JOB_INVALID JOB_NOT_READY ALREADY_CONSUMED NOT_SUPPORTED";

/** A message without the link to the documentation that it ends with, also where it stands within another. */
export function withoutDocsLink(message: string): string {
  return message.replace(ANY_LINK, "");
}

/** A message that ends with a link to what the documentation says of its code. */
export function withDocsLink(code: ExportErrorCode, message: string): string {
  const said = withoutDocsLink(message);
  return TOLD_WHOLE.includes(code) ? said : said.replace(/\.$/, "") + LINK + code.toLowerCase();
}
