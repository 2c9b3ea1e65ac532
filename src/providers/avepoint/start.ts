import { isExactNumber } from "../../exact/exact-number.js";
import type { ProviderContext } from "../../spec/context.js";
import type { StartedJob } from "../../spec/provider.js";
import { readBody } from "./answer.js";
import type { AvepointRequest } from "./request.js";
import { startPath } from "./start-path.js";

/**
 * One of the twelve starts, `GET /insights/…/export`. A GET that is not safe to repeat: every one makes another job, of
 * which five may run.
 */
export async function start(
  context: ProviderContext,
  baseUrl: string,
  request: AvepointRequest<string>,
): Promise<StartedJob> {
  const response = await context.request({ method: "GET", url: `${baseUrl}${startPath(request)}` });
  const id = jobIdOf(readBody(context, response, "start").jobId);
  if (id === undefined) throw context.invalidResponse("AvePoint answered a start without a usable jobId");
  return { id, status: "pending" };
}

/** The id as a string: the vendor's pages show strings and integers. */
function jobIdOf(jobId: unknown): string | undefined {
  if (typeof jobId === "string") return jobId.trim() === "" ? undefined : jobId;
  // An integer beyond 2^53 comes with its digits.
  const digits = String(typeof jobId === "number" || isExactNumber(jobId) ? jobId : "");
  return /^[1-9]\d*$/.test(digits) ? digits : undefined;
}
