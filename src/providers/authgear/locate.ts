import { ExportError } from "../../model/errors.js";
import type { ExportJob } from "../../model/job.js";
import type { ArtifactLocation } from "../../spec/artifact.js";
import type { ProviderContext } from "../../spec/context.js";
import { fetchTask } from "./poll.js";
import type { AuthgearRequest } from "./request.js";
import { TASK_GONE, taskState } from "./task.js";

// Authgear signs for 60 s (59 on GCS); the clock of the store is not ours.
const USABLE_MS = 50_000;

/** Authgear makes no NDJSON file at all where there is nobody to put into it, and the task says `completed` all the same. */
export function whenMissing({ request }: ExportJob<string, AuthgearRequest>): string | undefined {
  if (request.format !== "ndjson") return undefined;
  return 'A project without users looks like this too: the export with { format: "csv" } works there, with a header alone';
}

/** The URL is signed anew at every status request. The store wants no Authorization header beside the signature. */
export async function locate(
  context: ProviderContext,
  endpoint: string,
  job: ExportJob,
): Promise<ArtifactLocation> {
  const task = await fetchTask(context, endpoint, job);
  const state = task ? taskState(task) : TASK_GONE;
  if (state.status === "succeeded" && task?.download_url !== undefined) {
    return {
      url: task.download_url,
      credentials: "none",
      expiresAt: new Date(context.now() + USABLE_MS),
      endsLines: true,
    };
  }
  const { failure } = state;
  const [reason, advice] = failure
    ? [failure.message, "Start a new export"]
    : [`Authgear says that the export is ${state.status}`, "Poll it again"];
  throw new ExportError(failure?.code ?? "JOB_NOT_READY", `job ${job.id} has no file: ${reason}. ${advice}`, {
    operation: "locate",
    job,
  });
}
