import type { Operation } from "../model/errors.js";
import type { Connection } from "./connection.js";
import { urlProblem } from "./trusted-url.js";

export const MOST_REDIRECTS = 5;

/** The target of a redirect, `undefined` where the answer is none. */
export function redirectTarget(
  connection: Connection,
  response: Response,
  from: URL,
  operation: Operation,
): URL | undefined {
  const { status } = response;
  // Runtimes made for browsers hide the target of a manual redirect.
  const hidden = response.type === "opaqueredirect";
  if (!hidden && (status < 300 || status > 399 || status === 304)) return undefined;
  const location = response.headers.get("location");
  let target: URL | undefined;
  try {
    target = location === null ? undefined : new URL(location, from);
  } catch {}
  const problem = target ? urlProblem(target) : "cannot be read";
  if (!target || problem) {
    throw connection.error(
      "RESPONSE_INVALID",
      `${from.host} answered the ${operation} request with a redirect whose target ${problem}`,
      { operation, status },
    );
  }
  return target;
}
