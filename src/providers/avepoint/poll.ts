import type { ExportJob } from "../../model/job.js";
import type { ProviderContext } from "../../spec/context.js";
import type { ProviderJobState } from "../../spec/provider.js";
import { numberOf, readAnswer, readBody } from "./answer.js";

/** `GET /insights/job/{jobId}/exportstatus`. */
export async function poll(
  context: ProviderContext,
  baseUrl: string,
  job: ExportJob,
): Promise<ProviderJobState> {
  const response = await context.request({
    method: "GET",
    url: jobUrl(baseUrl, job, "exportstatus"),
    accept: [404],
  });
  const answer = readAnswer(response);
  const status = response.status === 200 ? answer?.status : response.status;
  if (status === 404) {
    // A page of some gateway says nothing about the job.
    if (!answer) throw context.failure(response);
    return gone(answer.message);
  }
  const body = readBody(context, response, "poll");
  const jobStatus = numberOf(body.jobStatus);
  if (jobStatus === undefined) throw context.invalidResponse("AvePoint answered without a usable jobStatus");
  return { ...stateOf(jobStatus, answer?.message ?? ""), providerStatus: String(jobStatus) };
}

/** The addresses of a job. */
export function jobUrl(baseUrl: string, job: ExportJob, what: "exportstatus" | "exportfile"): string {
  // A lone surrogate cannot be encoded; nobody has a job of that name.
  return `${baseUrl}/insights/job/${encodeURIComponent(job.id.replace(/\p{Cs}/gu, "\ufffd"))}/${what}`;
}

/** The third of the three statuses. The reference has 1 to 3; the older client knows the others. */
function stateOf(jobStatus: number, message: string): ProviderJobState {
  const said = message === "" || /^ok$/i.test(message) ? "" : `: ${message}`;
  switch (jobStatus) {
    case 2:
      return { status: "succeeded" };
    case 3:
      return failed(`AvePoint reports that the export failed${said}`, jobStatus);
    case 4:
      return {
        status: "succeeded",
        warnings: [
          `AvePoint finished the export with exceptions, so something may be missing from it${said}`,
        ],
      };
    case 6:
      return failed(`the export was stopped at AvePoint${said}`, jobStatus);
    default:
      // 0 none, 1 in progress, 5 stopping, and whatever may be added.
      return { status: "running" };
  }
}

function failed(message: string, jobStatus: number): ProviderJobState {
  return { status: "failed", failure: { code: "EXPORT_FAILED", message, details: { jobStatus } } };
}

function gone(message: string): ProviderJobState {
  return {
    status: "expired",
    failure: {
      code: "EXPORT_EXPIRED",
      message: `AvePoint does not know this job, or no longer${message && `: ${message}`}`,
    },
  };
}
