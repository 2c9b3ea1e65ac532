import { readFile, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { ExportJob, JsonObject } from "exportkit";
import { replaceFile } from "../node/durable-files.js";
import { isRefusal } from "../node/file-error.js";
import { UsageError } from "./usage-error.js";

/** What is kept of a run until its file is whole. It holds no credentials. */
export interface StoredRun {
  /** The request as the command line gave it: the job has it as the adapter reads it. */
  readonly request: JsonObject;
  /** Unchecked when it was read; `null` where the export was about to be started, and nobody knows whether it was. */
  readonly job: unknown;
}

/** The file beside `--out` that carries an export from run to run. */
export interface JobFile {
  readonly path: string;
  /** `undefined` where nothing is stored. */
  read(): Promise<StoredRun | undefined>;
  write(run: { readonly request: JsonObject; readonly job: ExportJob | null }): Promise<void>;
  remove(): Promise<void>;
}

export function jobFileFor(out: string): JobFile {
  const path = `${resolve(out)}.job.json`;
  return {
    path,
    async read() {
      let text: string;
      try {
        text = await readFile(path, "utf8");
      } catch (error) {
        if (isRefusal(error, "ENOENT")) return undefined;
        throw error;
      }
      const stored = storedRun(text);
      if (stored) return stored;
      throw new UsageError(`${path} is damaged; run again with --restart for a new export`);
    },
    write: (run) => replaceFile(dirname(path), path, `${JSON.stringify(run)}\n`),
    remove: () => rm(path, { force: true }),
  };
}

function storedRun(text: string): StoredRun | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    const { request, job } = value as Partial<StoredRun>;
    return typeof request === "object" && request !== null && job !== undefined
      ? { request, job }
      : undefined;
  } catch {
    return undefined;
  }
}
