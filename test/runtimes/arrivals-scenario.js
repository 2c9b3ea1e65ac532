// Two starts, of which the second meets a fault; on whatever runtime this is loaded in.
import { createExportClient, ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import { zephr } from "exportkit/zephr";

const providers = { authgear, avepoint, zephr };

/** `abort`: after how many ms the caller gives up the second start; 0 is before it. */
export async function arrivals({ vendor, options, request, abort }) {
  const client = createExportClient({
    providers: { export: providers[vendor](options) },
    // Long enough for a vendor that comes back, where a start may be repeated at all.
    retry: { minDelayMs: 200 },
    random: () => 1,
    timeouts: { requestMs: 5_000 },
  });
  const first = await client.startExport("export", request);
  await client.pollExport(first);
  const controller = new AbortController();
  const reason = new Error("the caller gave up");
  if (abort === 0) controller.abort(reason);
  else if (abort !== undefined) setTimeout(() => controller.abort(reason), abort);
  try {
    const job = await client.startExport("export", request, { signal: controller.signal });
    return job.status === "failed" ? "a failed job" : "job";
  } catch (error) {
    if (error === reason) return "the signal's reason";
    return ExportError.isInstance(error) ? error.code : String(error);
  }
}
