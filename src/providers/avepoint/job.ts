import type {
  ArtifactLocation,
  ExportJob,
  ProviderContext,
  ProviderJobState,
  StartedJob,
} from "../../provider/contract.js";
import { pathSegment } from "../../provider/path-segment.js";
import { isExactNumber } from "../../provider/values.js";
import { numberOf, readAnswer, readBody } from "./answer.js";
import { startPath } from "./report-paths.js";
import type { AvepointRequest } from "./reports.js";

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
    // What a gateway says of its own routes says nothing about the job; AvePoint names the status in the body.
    if (answer?.status !== 404) throw context.failure(response);
    return gone(answer.message);
  }
  const body = readBody(context, response, "poll");
  const jobStatus = numberOf(body.jobStatus);
  if (jobStatus === undefined) throw context.invalidResponse("AvePoint answered without a usable jobStatus");
  return { ...stateOf(jobStatus, answer?.message ?? ""), providerStatus: String(jobStatus) };
}

// The latest time a Date can hold: the address is a plain one, good for as long as the file is.
const NEVER = 8.64e15;

/** `GET /insights/job/{jobId}/exportfile`, with the access token. How long AvePoint keeps the file is not documented. */
export function locate(baseUrl: string, job: ExportJob<string, AvepointRequest<string>>): ArtifactLocation {
  return {
    url: jobUrl(baseUrl, job, "exportfile"),
    credentials: "provider",
    expiresAt: new Date(NEVER),
    contentType: "application/zip",
    // The id may come from anywhere, and this may become a path.
    fileName: `avepoint-${job.request.report}-${job.id.replace(/[^\w-]+/g, "_")}.zip`,
    // What exportfile answers is not declared, and every other call may answer in any of these.
    refusalType: ["application/json", "text/json", "text/plain"],
  };
}

/** The addresses of a job. */
function jobUrl(baseUrl: string, job: ExportJob, what: "exportstatus" | "exportfile"): string {
  return `${baseUrl}/insights/job/${pathSegment(job.id)}/${what}`;
}

/** The id as a string: the vendor's pages show strings and integers. */
function jobIdOf(jobId: unknown): string | undefined {
  if (typeof jobId === "string") return jobId.trim() === "" ? undefined : jobId;
  // An integer beyond 2^53 comes with its digits.
  const digits = String(typeof jobId === "number" || isExactNumber(jobId) ? jobId : "");
  return /^[1-9]\d*$/.test(digits) ? digits : undefined;
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
      message: `AvePoint does not know this job, or no longer knows it${message && `: ${message}`}`,
    },
  };
}
