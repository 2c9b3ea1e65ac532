import type { EmulatorRequest } from "../emulator.js";
import type { ReplyOverrides } from "../faulty-reply.js";
import type { EmulatorOperation } from "../journal.js";
import type { EmulatorReply } from "../reply.js";
import type { ComputedBytes } from "./computed-bytes.js";
import { jsonReply, type Refusal, refusalReply } from "./errors.js";
import { fileReply } from "./file-reply.js";
import type { AvepointJob } from "./job.js";
import type { JobQueue } from "./job-queue.js";
import type { AvepointSettings } from "./options.js";
import { reportFile } from "./report-file.js";
import { readStart, routeOf } from "./start-request.js";
import type { TokenEndpoint } from "./token-endpoint.js";

/** What a request at the API is for. */
export function identify({ method, url }: EmulatorRequest): EmulatorOperation {
  if (method !== "GET") return "unknown";
  if (routeOf(url.pathname) !== undefined) return "start";
  const what = jobPathOf(url)?.what;
  if (what === undefined) return "unknown";
  return what === "exportfile" ? "artifact" : "poll";
}

export interface AvepointApi {
  respond(request: EmulatorRequest, overrides: ReplyOverrides): EmulatorReply;
  /** Lets every file be another one from now on. */
  change(): void;
  reset(): void;
}

export function createApi(settings: AvepointSettings, jobs: JobQueue, tokens: TokenEndpoint): AvepointApi {
  const files = new Map<string, ComputedBytes>();
  let revision = 0;
  let requests = 0;

  const refuse = (refusal: Refusal, style = settings.refusals): EmulatorReply =>
    refusalReply(refusal, style, ++requests, settings.clock.now());

  function respond(request: EmulatorRequest, overrides: ReplyOverrides): EmulatorReply {
    const reply = answer(request, overrides);
    if (!reply.headers["content-type"]?.startsWith("application/json")) return reply;
    const { answerType } = settings;
    const type = typeof answerType === "function" ? answerType() : answerType;
    return { ...reply, headers: { ...reply.headers, "content-type": `${type}; charset=utf-8` } };
  }

  function answer(request: EmulatorRequest, overrides: ReplyOverrides): EmulatorReply {
    const { method, url, headers } = request;
    if (overrides.changed) change();
    if (overrides.revoked) tokens.revoke();
    const route = routeOf(url.pathname);
    const path = jobPathOf(url);
    // The gateway's own refusals show in the HTTP status in either style.
    if (route === undefined && path === undefined)
      return refuse({ status: 404, message: "Resource not found" }, "http");
    if (method !== "GET")
      return refuse({ status: 405, message: "Method not allowed", headers: { allow: "GET" } }, "http");
    if (!tokens.isGood(headers.get("authorization")) || overrides.expired) {
      const challenge = { "www-authenticate": 'Bearer error="invalid_token"' };
      return refuse({ status: 401, message: "Unauthorized", headers: challenge }, "http");
    }
    if (route !== undefined) return start(route, url);
    const job = path && jobs.find(path.id);
    if (job === undefined) return refuse({ status: 404, message: "The job does not exist." });
    if (path?.what !== "exportfile") return poll(job);
    return download(request, job, overrides.missing);
  }

  function start(route: NonNullable<ReturnType<typeof routeOf>>, url: URL): EmulatorReply {
    const read = readStart(route, url);
    if ("errors" in read)
      return refuse({ status: 400, message: "The request is invalid.", errors: read.errors });
    if (jobs.running() >= settings.maxRunningJobs) {
      const message = `The number of running export jobs has reached the limit of ${settings.maxRunningJobs}.`;
      return refuse({ status: settings.limitStatus, message });
    }
    const { id } = jobs.start(read.request);
    const jobId = settings.jobIdType === "number" ? Number(id) : id;
    return jsonReply(200, { jobId, status: 200, message: settings.nullMessages ? null : "OK" });
  }

  function poll(job: AvepointJob): EmulatorReply {
    return jsonReply(200, {
      jobStatus: jobs.poll(job),
      status: 200,
      message: settings.nullMessages ? null : "",
    });
  }

  function download(request: EmulatorRequest, job: AvepointJob, missing = false): EmulatorReply {
    if (!jobs.hasEnded(job)) return refuse({ status: 400, message: "The job has not finished yet." });
    const outcome = jobs.outcomeOf(job);
    if (missing || (outcome !== "finished" && outcome !== "exceptions"))
      return refuse({ status: 404, message: "The file does not exist." });
    const name = `${job.report}_${job.id}.zip`;
    return fileReply(request, { bytes: fileOf(job), name, tag: `${job.id}-${revision}` }, settings);
  }

  /** Jobs of one kind have the same file, which is only set up once. */
  function fileOf({ report, parameters }: AvepointJob): ComputedBytes {
    const summaryOnly = parameters.exportOptionType?.[0] === "3";
    const kind = JSON.stringify([report, summaryOnly]);
    const file = files.get(kind) ?? reportFile({ ...settings, report, summaryOnly, revision });
    files.set(kind, file);
    return file;
  }

  function change(): void {
    revision += 1;
    files.clear();
  }

  return {
    respond,
    change,
    reset() {
      revision = 0;
      files.clear();
    },
  };
}

function jobPathOf({ pathname }: URL): { readonly id: string; readonly what: string } | undefined {
  const [, id, what] = /^\/insights\/job\/([^/]+)\/(exportstatus|exportfile)$/.exec(pathname) ?? [];
  return id === undefined || what === undefined ? undefined : { id: decodeURIComponent(id), what };
}
