import type { EmulatorRequest } from "../emulator.js";
import type { ReplyOverrides } from "../faulty-reply.js";
import type { EmulatorOperation } from "../journal.js";
import type { EmulatorReply } from "../reply.js";
import {
  type AuthgearApiError,
  errorReply,
  exportDisabled,
  invalidContentType,
  jsonReply,
  plainReply,
  rateLimited,
  taskNotFound,
  tooManyJobs,
  tracked,
  unexpectedError,
  usageLimitExceeded,
} from "./errors.js";
import type { AuthgearSettings } from "./options.js";
import type { UsageCounter } from "./quota.js";
import { checkExportRequest } from "./request-schema.js";
import { pathOf, routeOf, routerReply } from "./route.js";
import type { AuthgearTask } from "./task.js";
import type { TaskQueue } from "./task-queue.js";
import { goTimestamp } from "./timestamp.js";
import { isAuthorized } from "./token.js";

/** What a request at the API is for. */
export function identify(request: EmulatorRequest): EmulatorOperation {
  const route = routeOf(pathOf(request));
  if (request.method === "POST" && route?.kind === "collection") return "start";
  return request.method === "GET" && route?.kind === "task" ? "poll" : "unknown";
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
  let errors = 0;

  /** The server's own order: route, host, token, content type, and only then what the request asks for. */
  async function respond(
    request: EmulatorRequest,
    host: string,
    overrides: ReplyOverrides,
  ): Promise<EmulatorReply> {
    const routed = routerReply(request);
    const route = routeOf(pathOf(request));
    if (routed !== undefined || route === undefined) return routed ?? plainReply(404, "404 page not found");
    const { url, headers } = request;
    // The port is not looked at.
    if (url.hostname !== host) return plainReply(404, "app not found");
    if (overrides.revoked) revoked = true;
    const known = await isAuthorized(headers.get("authorization"), settings, clock.now());
    if (!known || revoked || overrides.expired) return plainReply(403, "Forbidden");
    if (route.kind === "task") return poll(route.id);
    return contentTypeReply(headers.get("content-type") ?? "") ?? start(request.body);
  }

  /** Parameters count, and only UTF-8 will do. */
  function contentTypeReply(contentType: string): EmulatorReply | undefined {
    const [type = "", ...parameters] = contentType.split(";").map((part) => part.trim().toLowerCase());
    if (type !== "application/json") return plainReply(415, `invalid content type: ${type}`);
    const sound = parameters.every((parameter) => /^(|charset=("utf-8"|utf-8))$/.test(parameter));
    return sound ? undefined : refuse(invalidContentType);
  }

  function trackingId(): string {
    errors += 1;
    return `emulated-${String(errors).padStart(8, "0")}`;
  }

  const refuse = (error: AuthgearApiError): EmulatorReply => errorReply(error, trackingId());

  function start(body: Uint8Array): EmulatorReply {
    if (settings.exportDisabled) return refuse(exportDisabled);
    const checked = checkExportRequest(body);
    if ("error" in checked) return refuse(checked.error);
    if (tasks.running() >= settings.maxConcurrentJobs) return refuse(tooManyJobs);
    if (!usage.take(clock.now())) {
      const { period, error } = settings.quota ?? {};
      const named = settings.olderServer ? undefined : period;
      return refuse(error === "rate-limit" ? rateLimited : usageLimitExceeded(named));
    }
    return jsonReply(200, { result: describe(tasks.start(checked.request)) });
  }

  async function poll(taskId: string): Promise<EmulatorReply> {
    if (settings.exportDisabled) return refuse(exportDisabled);
    const task = tasks.poll(taskId);
    if (task === undefined) return refuse(taskNotFound);
    const outcome = tasks.outcomeOf(task);
    if (outcome === "server-error") return refuse(unexpectedError);
    if (task.endedAt === undefined) return jsonReply(200, { result: describe(task) });
    const ended = goTimestamp(task.endedAt, nanosecondsOf(task, 1));
    if (outcome === "completed-without-url") return jsonReply(200, { result: describe(task, "completed") });
    if (outcome === "failed") {
      const failed = describe(task, "completed", { failed_at: ended });
      return jsonReply(200, { result: { ...failed, error: tracked(unexpectedError, trackingId()) } });
    }
    const download_url = await linkTo(task);
    return jsonReply(200, {
      result: { ...describe(task, "completed", { completed_at: ended }), download_url },
    });
  }

  /** A task in the server's own order: when it ended stands before its status. */
  function describe(
    task: AuthgearTask,
    status = settings.pendingStatus,
    ended: { readonly [when in "completed_at" | "failed_at"]?: string } = {},
  ) {
    const { csv, ...request } = task.request;
    // What is empty is left out, a pointer to the whole record included.
    const fields = csv?.fields?.map(({ pointer, ...field }) =>
      pointer === "" ? field : { pointer, ...field },
    );
    return {
      id: task.id,
      created_at: goTimestamp(task.createdAt, nanosecondsOf(task, 0)),
      ...ended,
      status,
      request: { ...request, ...(csv && { csv: fields ? { fields } : {} }) },
    };
  }

  return {
    respond,
    reset() {
      revoked = false;
      errors = 0;
    },
  };
}

/** What a clock of nanoseconds adds: every length of fraction comes up, none at all included. */
function nanosecondsOf(task: AuthgearTask, salt: number): number {
  const digits = (task.sequence + salt) % 7;
  return Number("361634".slice(0, digits).padEnd(6, "0"));
}
