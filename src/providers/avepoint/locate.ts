import type { ExportJob } from "../../model/job.js";
import type { ArtifactLocation } from "../../spec/artifact.js";
import { jobUrl } from "./poll.js";
import type { AvepointRequest } from "./request.js";

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
