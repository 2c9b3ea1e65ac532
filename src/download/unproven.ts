import { ExportError } from "../model/errors.js";
import type { Checkpoint } from "./types.js";

/**
 * Whether nothing of what came is of use: a file is held for another one although no validator of its store says so, or
 * it is not what its store says of the content.
 *
 * @param last - where the download was
 */
export function isUnproven(error: unknown, last: Checkpoint | undefined): error is ExportError {
  if (!ExportError.isInstance(error) || last?.artifact === undefined) return false;
  const { validator, damaged } = last.artifact;
  if (damaged) return error.code === "INTEGRITY" || error.code === "ARTIFACT_CHANGED";
  return error.code === "ARTIFACT_CHANGED" && validator === undefined;
}
