import * as z from "#zod";
import {
  type ArtifactLocation,
  ExportError,
  type ExportJob,
  type HttpResponse,
  type JobFailure,
  type ProviderContext,
  type ProviderJobState,
  type StartedJob,
} from "../../provider/contract.js";
import { pathSegment } from "../../provider/path-segment.js";
import { isObject, unpolluted } from "../../provider/values.js";
import { readError } from "./failures.js";
import { type AuthgearRequest, requestWarnings, startBody } from "./request.js";

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

export async function poll(
  context: ProviderContext,
  endpoint: string,
  job: ExportJob,
): Promise<ProviderJobState> {
  const task = await fetchTask(context, endpoint, job);
  return task ? taskState(task) : TASK_GONE;
}

// Authgear signs for 60 s (59 on GCS); the clock of the store is not ours.
const USABLE_MS = 50_000;

/** Authgear makes no NDJSON file at all where there is nobody to put into it, and the task says `completed` all the same. */
export function whenMissing({ request }: ExportJob<string, AuthgearRequest>): string | undefined {
  if (request.format !== "ndjson") return undefined;
  return "A project without users looks like this too: an export as CSV works there, with a header alone";
}

/** Each status request has a newly signed URL. The store wants no Authorization header beside the signature. */
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

/** `GET /_api/admin/users/export/{id}`; `undefined` where the task is gone, which is how Authgear forgets one. */
async function fetchTask(
  context: ProviderContext,
  endpoint: string,
  job: ExportJob,
): Promise<Task | undefined> {
  const response = await context.request({
    method: "GET",
    url: `${endpoint}/_api/admin/users/export/${pathSegment(job.id)}`,
    accept: [404],
  });
  if (response.status !== 404) {
    const task = readTask(context, response);
    if (task.id === job.id) return task;
    throw context.invalidResponse(`Authgear was asked for export ${job.id}, and answered for ${task.id}`);
  }
  if (readError(response)?.reason === "TaskNotFound") return undefined;
  throw context.failure(response);
}

/** The fields in use of Authgear's task; everything else is let through unread. */
interface Task {
  readonly id: string;
  readonly status: string;
  readonly created_at?: string | undefined;
  readonly completed_at?: string | undefined;
  readonly failed_at?: string | undefined;
  readonly download_url?: string | undefined;
  readonly error?: unknown;
}

const schema = () => {
  const text = z.optional(z.nullable(z.string()));
  return z.looseObject({
    result: z.looseObject({
      id: z.string().check(z.minLength(1)),
      status: z.string(),
      created_at: text,
      completed_at: text,
      failed_at: text,
      download_url: text,
      error: z.optional(z.unknown()),
    }),
  });
};

/** Reads `{ result: task }`; throws what the context makes of an answer that is none. */
function readTask(context: ProviderContext, response: HttpResponse): Task {
  const parsed = unpolluted(() => schema().safeParse(response.json));
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join(".") || "result";
    throw context.invalidResponse(`Authgear answered without a usable export task (${field})`);
  }
  const task = parsed.data.result;
  return {
    id: task.id,
    status: task.status,
    created_at: task.created_at ?? undefined,
    completed_at: task.completed_at ?? undefined,
    failed_at: task.failed_at ?? undefined,
    download_url: task.download_url || undefined,
    error: task.error ?? undefined,
  };
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * What a task's fields say together. Its status word alone does not: a failed task says `completed` too, with
 * `failed_at` and `error`; and one whose worker died says `completed` and nothing else.
 */
function taskState(task: Task): ProviderJobState {
  const base = { providerStatus: task.status, createdAt: task.created_at };
  if (task.failed_at !== undefined || task.error !== undefined) {
    return {
      ...base,
      status: "failed",
      finishedAt: task.failed_at ?? task.completed_at,
      failure: failureOf(task.error),
    };
  }
  if (task.download_url !== undefined) {
    return {
      ...base,
      status: "succeeded",
      finishedAt: task.completed_at,
      expiresAt: dayAfter(task.completed_at ?? task.created_at),
    };
  }
  if (task.status === "completed") {
    return {
      ...base,
      status: "failed",
      finishedAt: task.completed_at,
      failure: { code: "EXPORT_FAILED", message: "Authgear finished without a file and without saying why" },
    };
  }
  return {
    ...base,
    status: task.status === "pending" ? "pending" : "running",
    expiresAt: dayAfter(task.created_at),
  };
}

const TASK_GONE: ProviderJobState = {
  status: "expired",
  failure: {
    code: "EXPORT_EXPIRED",
    message: "Authgear keeps an export for 24 hours and no longer has this one",
  },
};

function failureOf(error: unknown): JobFailure {
  const { reason, message } = isObject(error) ? error : { reason: undefined, message: error };
  const words = [reason, message].filter((word) => typeof word === "string" && word !== "");
  return {
    code: "EXPORT_FAILED",
    message: ["Authgear reports a failure", words.join(", ")].filter(Boolean).join(": "),
    ...(typeof reason === "string" && reason !== "" && { details: { reason } }),
  };
}

function dayAfter(time: string | undefined): string | undefined {
  const at = time === undefined ? Number.NaN : Date.parse(time.replace(/(\.\d{3})\d+/, "$1"));
  // A day after the last moment that a Date can hold there is none.
  const day = new Date(at + DAY_MS);
  return Number.isNaN(day.getTime()) ? undefined : day.toISOString();
}
