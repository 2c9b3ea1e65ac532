import type { Connection } from "../connection.js";
import { hideUrl } from "../model/hide-url.js";
import type { ExportJob } from "../model/job.js";
import { readUrl } from "../model/trusted-url.js";
import type { ArtifactLocation } from "../spec/artifact.js";
import type { FileDelivery } from "../spec/delivery.js";
import { callAdapter } from "../transport/call-adapter.js";
import type { FileInUse, Located } from "./file-in-use.js";

/** The job has no file at all. */
export class NoFiles extends Error {}

// A URL that ends while the request is under way is a wasted try.
const SAFETY_MARGIN_MS = 2_000;

/** Where a file is, as far as it was told. */
export function locatedFile({ locations, part }: FileInUse): Located | undefined {
  return locations.files?.[part];
}

/** Where a file is: at the URL that was told last as long as it is good, else at one that is asked for now. */
export async function locateFile(
  file: FileInUse,
): Promise<{ readonly located: Located; readonly isFresh: boolean }> {
  const { connection, job, part } = file;
  const former = locatedFile(file);
  const expiresAt = former?.expiresAt?.getTime() ?? 0;
  if (former && expiresAt - SAFETY_MARGIN_MS > connection.now()) return { located: former, isFresh: false };
  if (former) connection.observe({ type: "refresh", what: "url", jobId: job.id });
  const files = await locateFiles(file);
  return { located: files[part] as Located, isFresh: true };
}

/** Has a file located again for the next request. */
export function expireLocation({ locations, part }: FileInUse, located: Located): void {
  locations.files?.splice(part, 1, { ...located, expiresAt: undefined });
}

/** Asks the provider where the files are. The URLs are secrets from here on. */
async function locateFiles({ connection, job, locations, signal }: FileInUse): Promise<readonly Located[]> {
  const { provider } = connection;
  const delivery = provider.delivery as FileDelivery;
  // The retries are those of the artifact request that the URL is for; two budgets would multiply.
  const scope = { operation: "locate", safety: "safe", signal, job, retries: 0 } as const;
  const told = await callAdapter(connection, scope, "locate", delivery.locate.bind(delivery), job);
  const files = [told].flat().map((location) => located(connection, job, location));
  const { count = files.length } = locations;
  if (files.length !== count) {
    throw connection.error(
      "ARTIFACT_CHANGED",
      `${provider.name} names ${files.length} files for job ${job.id} now, and named ${count} when this download began. ` +
        "Start the download again without a checkpoint",
      { operation: "locate", job },
    );
  }
  locations.count = count;
  locations.files = files;
  if (count === 0) throw new NoFiles();
  return files;
}

function located(connection: Connection, job: ExportJob, location: ArtifactLocation): Located {
  const { provider, redactor } = connection;
  const headers = sendable(connection, job, location.headers);
  const { url, problem } = readUrl(location.url);
  const hide = () => {
    if (url) hideUrl(redactor, url, connection.name, job.id);
    redactor.add(location.url, ...Object.values(location.headers ?? {}));
  };
  hide();
  if (url && !problem) return { ...location, url, headers, hide };
  throw connection.error("RESPONSE_INVALID", `the artifact URL that ${provider.name} gave ${problem}`, {
    operation: "locate",
    job,
  });
}

/** @throws ExportError `RESPONSE_INVALID`: `fetch` would show the value */
function sendable(
  connection: Connection,
  job: ExportJob,
  headers: ArtifactLocation["headers"],
): { readonly [name: string]: string } {
  try {
    const checked = new Headers(headers);
    // Which bytes are asked for, and under which condition, is the download's own business.
    for (const name of ["range", "if-range"]) checked.delete(name);
    return Object.fromEntries(checked);
  } catch {
    const message = `${connection.provider.name} gave a header for the artifact that cannot be sent`;
    throw connection.error("RESPONSE_INVALID", message, { operation: "locate", job });
  }
}
