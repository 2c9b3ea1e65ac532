import { withoutDocsLink } from "../model/docs-link.js";
import { documentedError } from "../model/documented-error.js";
import { ExportError, type ExportErrorCode } from "../model/errors.js";
import type { SaveScope } from "./save-task.js";
import type { Wording } from "./wording.js";

/** What the next run finds: bytes of the file, the export at the vendor, or nothing. */
export type Kept = "bytes" | "export" | "nothing";

type Advice = (words: Wording, kept: Kept) => string;

const resumes = (kept: Kept) => (kept === "nothing" ? "" : ": it resumes");
const resume: Advice = ({ again }, kept) =>
  ({
    bytes: `what was saved is kept; to resume, ${again}`,
    export: `the export is kept; to resume, ${again}`,
    nothing: `to try again, ${again}`,
  })[kept];
const restart: Advice = (words, kept) =>
  kept === "nothing" ? `to try again, ${words.again}` : `to start over, ${words.restart}`;
const newExport: Advice = ({ newExport }) => `to get the data anyway, ${newExport}`;
const anotherExport: Advice = ({ anotherExport }) => `once it is certain that none runs, ${anotherExport}`;
const repair: Advice = ({ again }, kept) => `put that right, then ${again}${resumes(kept)}`;

const ADVICE: { readonly [code in ExportErrorCode]?: Advice } = {
  ARTIFACT_CHANGED: restart,
  INTEGRITY: restart,
  DECODE_FAILED: restart,
  RECORD_INVALID: ({ skip, again }, kept) =>
    `to pass over such records, ${skip}, then ${again}${resumes(kept)}`,
  LIMIT_EXCEEDED: ({ moreRoom }) => `to get it anyway, ${moreRoom}`,
  JOB_INVALID: ({ anotherExport }) => `to get the data anyway, ${anotherExport}`,
  ARTIFACT_MISSING: newExport,
  EXPORT_FAILED: newExport,
  EXPORT_EXPIRED: newExport,
  START_OUTCOME_UNKNOWN: anotherExport,
};

/** What to do after an error, in one sentence without a capital. */
export function nextStep({ code, retryable, retryAt }: ExportError, words: Wording, kept: Kept): string {
  const step = (retryable ? resume : (ADVICE[code] ?? repair))(words, kept);
  return retryAt ? `${step}, not before ${retryAt.toISOString()}` : step;
}

/** An error of the download with what to do next; those of the save itself say so already. */
export function withNextStep(scope: SaveScope, error: unknown): unknown {
  if (!ExportError.isInstance(error) || error.details?.path !== undefined) return error;
  const { code, retryable, retryAt, provider, connection, operation, status, requestId, job } = error;
  const { details, cause } = error;
  const known = { retryable, retryAt, provider, connection, operation, status, requestId, cause };
  const { words, target } = scope.files;
  const step = nextStep(error, words, "bytes");
  const message = `${withoutAdvice(error.message)}. ${step.charAt(0).toUpperCase()}${step.slice(1)}`;
  return documentedError(code, message, {
    ...known,
    job: job ?? scope.job,
    details: { ...details, path: target },
  });
}

// As the engine says it to callers of `download`, `waitForExport` and the like.
const ENGINE_ADVICE: readonly RegExp[] = [
  /\. (?:Start|Begin) (?:it|the download) (?:again )?without (?:it|a checkpoint)$/,
  /; download (?:it again|the job) without (?:it|a checkpoint)$/,
  /; download the job from its beginning$/,
  /: wait again with this job$/,
  /\. Start a new export(?=\.|$)/,
  /\. Pass onInvalid to [^.]*$/,
  /\. Raise maxBufferedBytes .*$/,
];

/** An engine's message without its own advice, which is in the words of another interface. */
export function withoutAdvice(message: string): string {
  return ENGINE_ADVICE.reduce((said, advice) => said.replace(advice, ""), withoutDocsLink(message)).replace(
    /\.$/,
    "",
  );
}
