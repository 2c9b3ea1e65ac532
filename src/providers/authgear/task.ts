import * as z from "zod/mini";
import type { JobFailure } from "../../model/job.js";
import { isObject } from "../../model/json.js";
import { unpolluted } from "../../model/own-properties.js";
import type { ProviderContext } from "../../spec/context.js";
import type { HttpResponse } from "../../spec/http.js";
import type { ProviderJobState } from "../../spec/provider.js";

/** The fields in use of Authgear's task; everything else is let through unread. */
export interface Task {
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
export function readTask(context: ProviderContext, response: HttpResponse): Task {
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
export function taskState(task: Task): ProviderJobState {
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

export const TASK_GONE: ProviderJobState = {
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
