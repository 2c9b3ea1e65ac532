import type { ExportErrorCode } from "./error-codes.js";
import { ExportError, type ExportErrorContext } from "./errors.js";
import { withSee } from "./see-docs.js";

/** An error whose text ends with the page on its code, where that helps. Those of a client come from its connections. */
export function errorWithPage(
  code: ExportErrorCode,
  message: string,
  context?: ExportErrorContext,
): ExportError {
  return new ExportError(code, withSee(code, message), context);
}
