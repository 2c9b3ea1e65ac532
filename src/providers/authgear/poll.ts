import type { ExportJob } from "../../model/job.js";
import type { ProviderContext } from "../../spec/context.js";
import type { ProviderJobState } from "../../spec/provider.js";
import { readError } from "./failures.js";
import { readTask, TASK_GONE, type Task, taskState } from "./task.js";

/** `GET /_api/admin/users/export/{id}`; `undefined` where the task is gone, which is how Authgear forgets one. */
export async function fetchTask(
  context: ProviderContext,
  endpoint: string,
  job: ExportJob,
): Promise<Task | undefined> {
  const response = await context.request({
    method: "GET",
    url: `${endpoint}/_api/admin/users/export/${encodeURIComponent(job.id.replace(/\p{Cs}/gu, "\ufffd"))}`,
    accept: [404],
  });
  if (response.status !== 404) return readTask(context, response);
  if (readError(response)?.reason === "TaskNotFound") return undefined;
  throw context.failure(response);
}

export async function poll(
  context: ProviderContext,
  endpoint: string,
  job: ExportJob,
): Promise<ProviderJobState> {
  const task = await fetchTask(context, endpoint, job);
  return task ? taskState(task) : TASK_GONE;
}
