import { rm, stat } from "node:fs/promises";
import type { ExportJob, JsonObject } from "exportkit";
import { replaceFile } from "../node/durable-files.js";
import { onDisk } from "../node/file-error.js";
import type { Lease } from "../node/lease.js";
import type { SaveFiles } from "../node/save-files.js";
import { readTextFile } from "../node/text-file.js";
import { type FileIdentity, readFileIdentity } from "./file-identity.js";
import type { Saving } from "./saving.js";
import { UsageError } from "./usage-error.js";

/** What is kept of a run until its file is whole. It holds no credentials. */
export interface StoredRun {
  /** The request as the command line gave it: the job has it as the adapter reads it. */
  readonly request: JsonObject;
  /** Unchecked when it was read; `null` where the export was about to be started, and nobody knows whether it was. */
  readonly job: unknown;
  /** Whether it was started in another one's place: then a part of any other export is to be thrown away. */
  readonly restart: boolean;
  /** When it was about to be started. ISO 8601; absent of versions before 0.2. */
  readonly at?: string | undefined;
  readonly vendor?: string | undefined;
  readonly profile?: string | undefined;
  /** How it is to be saved, for `download`. */
  readonly saving?: Saving | undefined;
  /** What was there under the file's name when saving began; absent where it did not begin, or failed. */
  readonly before?: FileIdentity | undefined;
}

/** The file beside `--out` that carries an export from run to run. */
export interface JobFile {
  readonly path: string;
  /** `undefined` where nothing is stored. */
  read(): Promise<StoredRun | undefined>;
  write(run: StoredRun & { readonly job: ExportJob | null }): Promise<void>;
  remove(): Promise<void>;
  /** How long ago it was written, in ms. Both moments are the file system's, whatever this machine's clock says. */
  ageMs(): Promise<number>;
  /** Remembers what is stored, readable or not; returns what puts it back. */
  keep(): Promise<() => Promise<void>>;
}

/** What is stored beside a file, read without the lease; `undefined` where there is nothing. */
export async function readJobFile(files: SaveFiles): Promise<StoredRun | undefined> {
  const text = await readText(files);
  if (text === undefined) return undefined;
  const stored = storedRun(text);
  if (stored) return stored;
  throw new UsageError(
    `${files.job} is damaged; run again with --restart for a new export`,
    "the export that it named may still be there: look in the vendor's console",
  );
}

/** Writes and removes it only while the lease holds. */
export function jobFileFor(files: SaveFiles, lease: Lease): JobFile {
  const path = files.job;
  const writeText = (text: string) => onDisk(files, () => replaceFile(files.folder, path, text, lease));
  const remove = () =>
    onDisk(files, async () => {
      await lease.confirm();
      await rm(path, { force: true });
    });
  return {
    path,
    remove,
    read: () => readJobFile(files),
    ageMs: () => onDisk(files, async () => (await lease.now()) - (await stat(path)).mtimeMs),
    write: (run) => writeText(`${JSON.stringify(run)}\n`),
    async keep() {
      const text = await readText(files);
      return () => (text === undefined ? remove() : writeText(text));
    },
  };
}

const readText = (files: SaveFiles) => onDisk(files, () => readTextFile(files.job));

function storedRun(text: string): StoredRun | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    const { request, job, restart, before, ...rest } = value as Partial<StoredRun>;
    return typeof request === "object" && request !== null && job !== undefined
      ? { ...rest, request, job, restart: restart === true, before: readFileIdentity(before) }
      : undefined;
  } catch {
    return undefined;
  }
}
