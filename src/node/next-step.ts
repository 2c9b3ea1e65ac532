import { ExportError, type ExportErrorCode } from "../model/errors.js";
import type { SaveScope } from "./save-task.js";
import type { Wording } from "./wording.js";

type Advice = (words: Wording) => string | undefined;

const resume: Advice = ({ again }) => `What was saved is kept; to resume, ${again}`;
const restart: Advice = ({ restart }) => `To start over, ${restart}`;
const newExport: Advice = ({ newExport }) => newExport && `To have the data all the same, ${newExport}`;
const repair: Advice = ({ again }) => `Put that right, then ${again}: it resumes`;

const ADVICE: { readonly [code in ExportErrorCode]?: Advice } = {
  ARTIFACT_CHANGED: restart,
  INTEGRITY: restart,
  DECODE_FAILED: restart,
  RECORD_INVALID: ({ skip, again }) => `To pass over such records, ${skip}, then ${again}: it resumes`,
  ARTIFACT_MISSING: newExport,
  EXPORT_FAILED: newExport,
  EXPORT_EXPIRED: newExport,
};

/** An error of the download with what to do next; those of the save itself say so already. */
export function withNextStep(scope: SaveScope, error: unknown): unknown {
  if (!ExportError.isInstance(error) || error.details?.path !== undefined) return error;
  const { code, retryable } = error;
  const advice = retryable ? resume : (ADVICE[code] ?? repair);
  const { retryAt, provider, connection, operation, status, requestId, job, details, cause } = error;
  const known = { retryable, retryAt, provider, connection, operation, status, requestId, cause };
  const said = withoutAdvice(error.message);
  const isSaid = advice === newExport && /start a new export/i.test(said);
  const sentences = isSaid ? [said] : [said, advice(scope.files.words)].filter(Boolean);
  return new ExportError(code, sentences.join(". "), {
    ...known,
    job: job ?? scope.job,
    details: { ...details, path: scope.files.target },
  });
}

/** The engine's own advice is for who calls `download`. */
export function withoutAdvice(message: string): string {
  return message.replace(/\. Start (?:it|the download) again without a checkpoint$/, "").replace(/\.$/, "");
}
