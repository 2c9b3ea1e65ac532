import type { ProviderContext } from "../../spec/context.js";
import type { StartedJob } from "../../spec/provider.js";
import { type AuthgearRequest, requestWarnings, startBody } from "./request.js";
import { readTask, taskState } from "./task.js";

/** `POST /_api/admin/users/export`. Not idempotent: a second one makes a second task and takes a second unit of quota. */
export async function start(
  context: ProviderContext,
  endpoint: string,
  request: AuthgearRequest,
): Promise<StartedJob> {
  const response = await context.request({
    method: "POST",
    url: `${endpoint}/_api/admin/users/export`,
    headers: { "content-type": "application/json" },
    body: startBody(request),
  });
  const task = readTask(context, response);
  return { id: task.id, ...taskState(task), warnings: requestWarnings(request) };
}
