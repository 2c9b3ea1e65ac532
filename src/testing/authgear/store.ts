import type { EmulatorRequest } from "../emulator.js";
import type { ReplyOverrides } from "../faulty-reply.js";
import { rangeReply, type SelectedRange, selectRange } from "../range.js";
import { type EmulatorReply, textReply } from "../reply.js";
import { type AuthgearExportFile, createExportFile, fileChunks } from "./export-file.js";
import type { AuthgearSettings } from "./options.js";
import type { UrlSigner } from "./signed-url.js";
import { type StoreRefusal, storeDialects } from "./store-dialect.js";
import type { AuthgearTask } from "./task.js";
import type { TaskQueue } from "./task-queue.js";

/** The object store beside the API. */
export interface AuthgearStore {
  /** The path of a task's file. */
  pathOf(task: AuthgearTask): string;
  respond(request: EmulatorRequest, overrides: ReplyOverrides): Promise<EmulatorReply>;
  /** Lets every object be another one from now on. */
  change(): void;
  reset(): void;
}

const bucket = "/user-exports/";

export function createStore(settings: AuthgearSettings, tasks: TaskQueue, signer: UrlSigner): AuthgearStore {
  const dialect = storeDialects[settings.store];
  const files = new Map<string, AuthgearExportFile>();
  let revision = 0;
  let changedAt = 0;

  function fileOf(task: AuthgearTask): AuthgearExportFile {
    const { format, csv } = task.request;
    const { users, olderServer } = settings;
    const options = { format, users, olderServer, revision, fields: csv?.fields };
    const name = JSON.stringify(options);
    const file = files.get(name) ?? createExportFile(options);
    files.set(name, file);
    return file;
  }

  async function respond(request: EmulatorRequest, overrides: ReplyOverrides): Promise<EmulatorReply> {
    const { method, url, headers } = request;
    if (overrides.changed) change();
    if (headers.has("authorization"))
      return refuse({ status: 400, code: "InvalidArgument", message: "Only one auth mechanism allowed" });
    if (method === "OPTIONS") return textReply(200, "text/plain", "");
    if (method !== "GET" && method !== "HEAD") return refuse(dialect.tampered);
    const verdict = await signer.verify(method, url);
    if (verdict === "tampered") return refuse(dialect.tampered);
    if (verdict === "expired" || overrides.expired) return refuse(dialect.expired);
    const task = tasks.byFileName(decodeURIComponent(url.pathname.slice(bucket.length)));
    // The server sends an empty file in chunks, which the stores refuse, and does not look at their answer.
    const isStored = task !== undefined && (settings.users > 0 || task.request.format === "csv");
    const isThere = isStored && tasks.outcomeOf(task) !== "missing-object" && !overrides.missing;
    if (!isThere) return refuse(dialect.missing);
    return serve(request, task, fileOf(task));
  }

  function serve(
    { method, headers }: EmulatorRequest,
    task: AuthgearTask,
    file: AuthgearExportFile,
  ): EmulatorReply {
    const { size } = file;
    const etag = etagOf(task);
    const modified = new Date(Math.max(changedAt, task.endedAt ?? 0)).toUTCString();
    const named = {
      "content-type": task.request.format === "csv" ? "text/csv" : "application/x-ndjson",
      "content-disposition": `attachment; filename=${tasks.fileNameOf(task)}`,
      ...(settings.etag !== "none" && { etag }),
      ...(settings.lastModified && { "last-modified": modified }),
      ...(settings.ranges === "honour" && { "accept-ranges": "bytes" }),
    };
    if (!preconditionHolds(headers.get("if-match"), etag))
      return refuse({ status: 412, code: "PreconditionFailed", message: "A precondition did not hold." });
    if (
      headers
        .get("if-none-match")
        ?.split(",")
        .some((tag) => tag.trim() === etag)
    )
      return { status: 304, headers: { etag }, body: new Uint8Array(0), length: 0 };
    if (Date.parse(headers.get("if-unmodified-since") ?? "") < Date.parse(modified))
      return refuse({ status: 412, code: "PreconditionFailed", message: "A precondition did not hold." });
    const ranged = method === "GET" && settings.ranges === "honour" && settings.contentEncoding === undefined;
    const condition = dialect.ignoresIfRange ? null : headers.get("if-range");
    const current = condition === null || holds(condition, named.etag, named["last-modified"]);
    const select = settings.store === "minio" ? minioRange : selectRange;
    const range = select(ranged && current ? headers.get("range") : null, size);
    if (range.kind === "unsatisfiable") {
      const reply = refuse({ status: 416, code: "InvalidRange", message: "The range cannot be satisfied." });
      if (dialect.bareUnsatisfiable) return reply;
      return { ...reply, headers: { ...reply.headers, "content-range": `bytes */${size}` } };
    }
    const announced = settings.contentLength && settings.contentEncoding === undefined;
    const part = rangeReply(range, size, announced);
    const { status, start, end, length } = part;
    return {
      status,
      headers: { ...named, ...part.headers },
      body: method === "HEAD" ? new Uint8Array(0) : fileChunks(file, start, end, settings.chunkBytes),
      length,
      gzip: settings.contentEncoding === "gzip",
    };
  }

  /** The same behind every link to the object; another one for every other object. */
  function etagOf(task: AuthgearTask): string {
    const tag = `"${task.id.slice(-16).toLowerCase()}${String(revision).padStart(4, "0")}"`;
    return settings.etag === "weak" ? `W/${tag}` : tag;
  }

  function change(): void {
    revision += 1;
    changedAt = settings.clock.now();
    files.clear();
  }

  return {
    pathOf: (task) => `${bucket}${encodeURIComponent(tasks.fileNameOf(task))}`,
    respond,
    change,
    reset() {
      revision = 0;
      changedAt = 0;
      files.clear();
    },
  };
}

/** MinIO reads a range word by word, and refuses one that ends before it begins. */
function minioRange(header: string | null, size: number): SelectedRange {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(header ?? "") ?? [];
  if (first !== undefined && Number(last) < Number(first)) return { kind: "unsatisfiable" };
  return selectRange(header?.startsWith("bytes=") ? header : null, size);
}

/** `If-Range` (RFC 9110, 13.1.5): the very same date, or the same tag where both are strong. */
function holds(condition: string, etag: string | undefined, modified: string | undefined): boolean {
  const given = condition.trim();
  return given.startsWith('"') ? given === etag : given === modified;
}

/** `If-Match` (RFC 9110, 13.1.1), by strong comparison. */
function preconditionHolds(condition: string | null, etag: string): boolean {
  if (condition === null || condition.trim() === "*") return true;
  return !etag.startsWith("W/") && condition.split(",").some((tag) => tag.trim() === etag);
}

function refuse({ status, code, message }: StoreRefusal): EmulatorReply {
  const error = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return textReply(
    status,
    "application/xml; charset=UTF-8",
    `<?xml version='1.0' encoding='UTF-8'?>${error}`,
  );
}
