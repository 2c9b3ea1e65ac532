import { withDocsLink } from "./docs-link.js";
import type { ExportErrorCode } from "./error-codes.js";
import { ExportError, type ExportErrorContext } from "./errors.js";

/** An error whose message ends with a link to what the documentation says of its code, where that helps. Those of a client come from its connections. */
export function documentedError(
  code: ExportErrorCode,
  message: string,
  context?: ExportErrorContext,
): ExportError {
  return new ExportError(code, withDocsLink(code, message), context);
}
