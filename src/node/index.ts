/**
 * Saving exports as files: resumable, whole or not there, one process at a time.
 *
 * @module
 */
export { type SavedExport, saveExport } from "./save-export.js";
export type { SaveFormat, SaveOptions, SaveProgress } from "./save-options.js";
export type { Leftover } from "./save-task.js";
