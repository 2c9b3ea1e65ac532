import type { ProviderContext } from "../../spec/context.js";
import type { StartedJob } from "../../spec/provider.js";
import { requestPage } from "./fetch-page.js";
import type { ZephrSettings } from "./options.js";
import { readBody, totalOf } from "./page.js";
import type { ZephrV4Query } from "./request-v4.js";

/**
 * Zephr has no jobs. The smallest page proves that key pair and request are accepted and tells how many users there
 * are; the job is done as soon as it exists, and its pages are read when it is downloaded.
 */
export async function start(
  context: ProviderContext,
  settings: ZephrSettings,
  request: ZephrV4Query,
): Promise<StartedJob> {
  const response = await requestPage(context, settings, request, { page: 1, pageSize: 1 });
  const date = Date.parse(response.headers.get("date") ?? "");
  const startedAt = new Date(Number.isNaN(date) ? context.now() : date).toISOString();
  const total = totalOf(await readBody(context, response));
  return {
    id: crypto.randomUUID(),
    status: "succeeded",
    // By Zephr's own clock, as the times of the listing are: an incremental export begins from here.
    createdAt: startedAt,
    finishedAt: startedAt,
    ...(total !== undefined && { progress: { total, unit: "records" } }),
    warnings: requestWarnings(request),
  };
}

function requestWarnings({ appIds, attributes }: ZephrV4Query): readonly string[] {
  if (appIds === undefined || attributes !== false) return [];
  return ["appIds without attributes: Zephr leaves out users who have no profile of these applications"];
}
