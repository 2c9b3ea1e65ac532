import type { EmulatorRequest } from "../emulator.js";
import type { ReplyOverrides } from "../faulty-reply.js";
import type { EmulatorOperation } from "../journal.js";
import type { EmulatorReply } from "../reply.js";
import {
  errorReply,
  exportDisabled,
  jsonReply,
  plainReply,
  rateLimited,
  taskNotFound,
  tooManyJobs,
  unexpectedError,
  usageLimitExceeded,
} from "./errors.js";
import type { AuthgearSettings } from "./options.js";
import type { UsageCounter } from "./quota.js";
import { checkExportRequest } from "./request-schema.js";
import type { AuthgearTask, TaskQueue } from "./task.js";
import { goTimestamp } from "./timestamp.js";
import { isAuthorized } from "./token.js";

const collection = "/_api/admin/users/export";

/** What a request at the API is for. */
export function identify({ method, url }: EmulatorRequest): EmulatorOperation {
  if (method === "POST" && url.pathname === collection) return "start";
  return method === "GET" && taskIdOf(url) !== undefined ? "poll" : "unknown";
}

export interface AuthgearApi {
  respond(request: EmulatorRequest, host: string, overrides: ReplyOverrides): Promise<EmulatorReply>;
  reset(): void;
}

export function createApi(
  settings: AuthgearSettings,
  tasks: TaskQueue,
  usage: UsageCounter,
  linkTo: (task: AuthgearTask) => Promise<string>,
): AuthgearApi {
  const { clock } = settings;
  /** Nobody has a key any more. */
  let revoked = false;

  /** The server's own order: route, host, token, content type, and only then what the request asks for. */
  async function respond(
    request: EmulatorRequest,
    host: string,
    overrides: ReplyOverrides,
  ): Promise<EmulatorReply> {
    const { method, url, headers } = request;
    const taskId = taskIdOf(url);
    if (url.pathname !== collection && taskId === undefined) return plainReply(404, "404 page not found");
    const allow = taskId === undefined ? "POST" : "GET";
    if (method !== allow) return plainReply(405, "Method Not Allowed", { allow });
    if (url.host !== host) return plainReply(404, "app not found");
    if (overrides.revoked) revoked = true;
    const known = await isAuthorized(headers.get("authorization"), settings, clock.now());
    if (!known || revoked || overrides.expired) return plainReply(403, "Forbidden");
    if (taskId !== undefined) return poll(taskId);
    const contentType = headers.get("content-type") ?? "";
    if (contentType !== "application/json") return plainReply(415, `invalid content type: ${contentType}`);
    return start(request.body);
  }

  function start(body: Uint8Array): EmulatorReply {
    if (settings.exportDisabled) return errorReply(exportDisabled);
    const checked = checkExportRequest(body);
    if ("error" in checked) return errorReply(checked.error);
    if (tasks.running() >= settings.maxConcurrentJobs) return errorReply(tooManyJobs);
    if (!usage.take(clock.now())) {
      const { period, error } = settings.quota ?? {};
      const named = settings.olderServer ? undefined : period;
      return errorReply(error === "rate-limit" ? rateLimited : usageLimitExceeded(named));
    }
    return jsonReply(200, { result: describe(tasks.start(checked.request)) });
  }

  async function poll(taskId: string): Promise<EmulatorReply> {
    if (settings.exportDisabled) return errorReply(exportDisabled);
    const task = tasks.poll(taskId);
    if (task === undefined) return errorReply(taskNotFound);
    const outcome = tasks.outcomeOf(task);
    if (outcome === "server-error") return errorReply(unexpectedError);
    if (task.endedAt === undefined) return jsonReply(200, { result: describe(task) });
    const completed = { ...describe(task), status: "completed" };
    const ended = goTimestamp(task.endedAt, nanosecondsOf(task, 1));
    if (outcome === "completed-without-url") return jsonReply(200, { result: completed });
    if (outcome === "failed")
      return jsonReply(200, { result: { ...completed, failed_at: ended, error: unexpectedError } });
    const download_url = await linkTo(task);
    return jsonReply(200, { result: { ...completed, completed_at: ended, download_url } });
  }

  function describe(task: AuthgearTask) {
    return {
      id: task.id,
      created_at: goTimestamp(task.createdAt, nanosecondsOf(task, 0)),
      status: settings.pendingStatus,
      request: task.request,
    };
  }

  return {
    respond,
    reset() {
      revoked = false;
    },
  };
}

function taskIdOf(url: URL): string | undefined {
  return /^\/_api\/admin\/users\/export\/([^/]+)$/.exec(url.pathname)?.[1];
}

/** What a clock of nanoseconds adds: every length of fraction comes up, none at all included. */
function nanosecondsOf(task: AuthgearTask, salt: number): number {
  const digits = (task.sequence + salt) % 7;
  return Number("361634".slice(0, digits).padEnd(6, "0"));
}
