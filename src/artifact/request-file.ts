import type { ExportError } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";
import { readJson } from "../model/json.js";
import type { FileDelivery } from "../spec/delivery.js";
import type { HttpResponse } from "../spec/http.js";
import { untilAborted } from "../transport/abort.js";
import { closeResponse, readBounded } from "../transport/body.js";
import type { Connection } from "../transport/connection.js";
import { createContext } from "../transport/context.js";
import { byStatus, type FailureScope, failureOf, refused } from "../transport/failure.js";
import { chunkBytes } from "../transport/foreign-fetch.js";
import { sendFollowing } from "../transport/redirect.js";
import type { Attempts, OpenResponse } from "../transport/send.js";
import { type FileLocations, isUsable, type Located, locateFiles } from "./file-locations.js";

// How far blanks are read before an answer counts as a file.
const MOST_BLANKS = 1_024;

/** What the files of a job are read as. */
export interface ReadAs {
  /** The format of the decoder. */
  readonly format: string;
  /** Whether a decoder reads them, and not only their bytes are handed over. */
  decoded?: boolean;
  /** Whether it was said already that nothing proves them whole. */
  isUnproven?: boolean;
}

/** Which file of the job is read; its URL is kept from request to request as long as it is good. */
export interface FileInUse {
  readonly locations: FileLocations;
  /** Its place among the files, from 0. */
  readonly part: number;
  /** How often the bytes at hand were asked for. */
  attempts?: Attempts | undefined;
  readonly readAs?: ReadAs | undefined;
}

/** An answer, and who gave it, in words. */
export interface Answered {
  readonly open: OpenResponse;
  readonly by: string;
  /** Whether the provider's credentials were sent for it. */
  readonly credentials: boolean;
}

/**
 * Sends one request for the artifact, locating it first where there is no usable URL, and once more where the URL at
 * hand is refused: signed URLs end without notice. Resolves with a 200, 206 or 416; everything else is an error.
 */
export async function requestFile(
  connection: Connection,
  job: ExportJob,
  file: FileInUse,
  headers: { readonly [name: string]: string },
  signal: AbortSignal,
): Promise<Answered> {
  for (;;) {
    const current = locatedFile(file);
    const known = current && isUsable(connection, current) ? current : undefined;
    if (!known) {
      if (current) connection.observe({ type: "refresh", what: "url", jobId: job.id });
      await locateFiles(connection, job, file.locations, signal);
    }
    const located = locatedFile(file) as Located;
    const followed = await follow(connection, job, { ...located, attempts: file.attempts }, headers, signal);
    const { open } = followed;
    const { status } = open.response;
    if (status === 206 || status === 416 || (status === 200 && !(await isRefusal(open, located))))
      return followed;
    if (status >= 400 && status < 500 && status !== 429 && status !== 408) {
      // Dropping the expiry makes the next round, or the next try, locate it again.
      file.locations.files?.splice(file.part, 1, { ...located, expiresAt: undefined });
      if (known) {
        closeResponse(open);
        continue;
      }
    }
    throw await refusal(connection, job, followed);
  }
}

/** Where the file is, as far as it was told. */
export function locatedFile({ locations, part }: FileInUse): Located | undefined {
  return locations.files?.[part];
}

/** Sends the request itself; credentials go along only while the provider's own origin is asked. */
async function follow(
  connection: Connection,
  job: ExportJob,
  located: Located & Pick<FileInUse, "attempts">,
  headers: { readonly [name: string]: string },
  signal: AbortSignal,
): Promise<Answered> {
  const { name, origins } = connection.provider;
  // Offsets must count the bytes of the file, not those of some compression of it.
  const ranged = { "accept-encoding": "identity", ...headers };
  const { open, request } = await sendFollowing(
    connection,
    {
      operation: "artifact",
      method: "GET",
      url: located.url,
      headers: { accept: "*/*", ...located.headers, ...ranged },
      headersElsewhere: { accept: "*/*", ...ranged },
      job,
      attempts: located.attempts ?? { made: 0 },
      credentials: located.credentials === "provider",
      secretUrl: located.credentials === "none",
    },
    createContext(connection, { operation: "artifact", safety: "safe", signal, job, retries: 0 }),
    signal,
  );
  const { credentials, url } = request;
  const atHome = credentials || origins?.includes(url.origin);
  return { open, credentials, by: atHome ? name : `the store at ${url.host}` };
}

/** Some providers say in the body of a 200 that there is no file. */
async function isRefusal({ response, signal }: OpenResponse, { refusalType }: Located): Promise<boolean> {
  const type = response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type === undefined || ![refusalType].flat().includes(type)) return false;
  // Plain text is what a file may be called too, for want of a better name.
  return type !== "text/plain" || (await beginsAsJson(response, signal));
}

/** Looks at the first bytes of an answer without taking them, within the request's time. */
async function beginsAsJson(response: Response, signal: AbortSignal): Promise<boolean> {
  let reader: ReadableStreamDefaultReader<unknown> | undefined;
  try {
    reader = response.clone().body?.getReader();
    let text = "";
    for (let done = reader === undefined; !done && text.length < MOST_BLANKS && !text.trim(); ) {
      const read: ReadableStreamReadResult<unknown> | undefined =
        reader && (await untilAborted(reader.read(), signal));
      done = read?.done !== false;
      if (!done) text += new TextDecoder().decode(chunkBytes(read?.value));
    }
    return /^\s*\{/.test(text);
  } catch {
    // Whoever reads the answer meets the same failure.
    return false;
  } finally {
    reader?.cancel().catch(() => {});
  }
}

async function refusal(
  connection: Connection,
  job: ExportJob,
  { open, credentials, by }: Answered,
): Promise<ExportError> {
  try {
    const bytes = await readBounded(open.response, 64 * 1024, open.signal).catch(() => undefined);
    const text = new TextDecoder().decode(bytes);
    const answer = {
      status: open.response.status,
      headers: open.response.headers,
      text,
      json: readJson(text),
    };
    const scope = { operation: "artifact", job } as const;
    // Behind a redirect to another origin it is a store that answers, in a store's words.
    return credentials ? failureOf(connection, answer, scope) : storeFailure(connection, answer, scope, by);
  } finally {
    open.release();
  }
}

/**
 * The error for a refusal of an object store behind a URL that was signed just now. The stores answer in XML:
 * S3 and MinIO 403 `AccessDenied` or 404 `NoSuchKey`, GCS 400 `ExpiredToken`, Azure 403 `AuthenticationFailed`.
 *
 * @param by - who answered, in words
 */
function storeFailure(
  connection: Connection,
  response: HttpResponse,
  scope: FailureScope,
  by: string,
): ExportError {
  const { status } = response;
  const storeCode = /<Code>([A-Za-z]{1,64})<\/Code>/.exec(response.text)?.[1];
  const details = storeCode === undefined ? undefined : { storeCode };
  const job = scope.job?.id ?? "";
  if (status === 404 || status === 410) {
    const delivery = connection.provider.delivery as FileDelivery;
    const hint = scope.job && delivery.whenMissing?.(scope.job);
    return refused(connection, response, scope, {
      code: "ARTIFACT_MISSING",
      message: `job ${job} is finished, but ${by} does not have its file (HTTP ${status}). Start a new export${hint ? `. ${hint}` : ""}`,
      details,
    });
  }
  if (status === 400 || status === 401 || status === 403) {
    return refused(connection, response, scope, {
      code: "FORBIDDEN",
      message: `${by} refused a URL signed just now for the file of job ${job} (HTTP ${status})`,
      // It may have ended on its way: a slow network against a lifetime of a minute.
      retryable: true,
      details,
    });
  }
  const failure = byStatus(connection, status, scope, by);
  return refused(connection, response, scope, { ...failure, ...(details && { details }) });
}
