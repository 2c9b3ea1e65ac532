import type { ExplainedExport, ExportJob, UncheckedRepeats } from "exportkit";
import type { SavedExport } from "exportkit/node";

/** What came of an export; a file has the rest of {@link SavedExport} too. */
export type ExportResult = Partial<SavedExport> & {
  readonly bytes: number;
  /** When the vendor had made it, where it tells. ISO 8601. */
  readonly finishedAt?: string;
  /** When the file was whole. ISO 8601. */
  readonly savedAt?: string;
  /** By this run: what an earlier one passed over is not counted. */
  readonly skipped?: number;
};

/** How an export stands, or what would be done. */
export interface JobResult {
  /** Where its file goes; absent where that is nowhere. */
  readonly path?: string;
  readonly job: ExportJob | null;
  /** Of `--dry-run`: what would be sent, and what would be done besides. */
  readonly request?: ExplainedExport;
  readonly plan?: string;
}

/** Which export it is, and when it was started and made. */
export function timesOf({ id, createdAt, finishedAt }: ExportJob) {
  return { jobId: id, createdAt, ...(finishedAt !== undefined && { finishedAt }) };
}

/** What a person is told on the standard output. */
export function summaryOf(result: ExportResult | JobResult): string {
  return "job" in result ? jobSentence(result) : savedSentence(result);
}

function jobSentence({ path, job, request, plan }: JobResult): string {
  if (request) {
    const { method, url, headers, body, safety } = request;
    const times = safety === "once" ? "at most once" : "again where it is lost";
    const lines = [plan, `${method} ${url}`, `headers: ${headers.join(", ")}`, body, `sent ${times}`];
    return lines.filter((line) => line !== undefined).join("\n");
  }
  if (!job) return "nothing is known of it";
  const { completed, total, unit } = job.progress ?? {};
  const part = completed === undefined ? "" : `, ${completed}${total ? ` of ${total}` : ""} ${unit}`;
  const failure = job.failure ? `: ${job.failure.message}` : "";
  return `${path}: export ${job.id} of ${job.provider} is ${job.status}${part}${failure}, started ${job.createdAt}`;
}

/** Why nobody knows whether some came more than once. */
const UNCHECKED: Readonly<Record<UncheckedRepeats, string>> = {
  bytes: "whether some came twice was not checked: with --as ndjson or --as csv it is",
  resumed: "whether some came twice was not checked, because an earlier run was resumed",
  many: "whether some came twice was not checked beyond 2.9 million",
  unnamed: "whether some came twice was not checked, because some have no identity",
};

function savedSentence(result: ExportResult): string {
  const { path, bytes, records, repeated, uncheckedRepeats, sha256, resumed, skipped } = result;
  const facts = [
    `${bytes} bytes`,
    records !== undefined && `${records} records`,
    repeated !== undefined &&
      repeated > 0 &&
      `${repeated} of ${records === undefined ? "the records" : "them"} came more than once, so that about as many are missing`,
    uncheckedRepeats && UNCHECKED[uncheckedRepeats],
    skipped !== undefined && `${skipped} passed over${resumed ? " in this run" : ""}`,
    sha256 !== undefined && `SHA-256 ${sha256}`,
    resumed && "continued from an earlier run",
  ];
  return `${path ?? "written"}: ${facts.filter(Boolean).join(", ")}`;
}
