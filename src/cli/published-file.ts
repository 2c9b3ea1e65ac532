import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { ExportJob } from "exportkit";
import { onDisk } from "../node/file-error.js";
import type { SaveFiles } from "../node/save-files.js";
import { identityOf, isSameFile } from "./file-identity.js";
import type { StoredRun } from "./job-file.js";
import { hasUnfinishedSave } from "./unfinished-save.js";

/** What can still be said of a file that an earlier run saved. */
export interface PublishedFile {
  readonly path: string;
  readonly jobId?: string;
  readonly createdAt?: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly resumed: true;
}

/**
 * The file, where the stored run saved it whole and was ended before it could remove its job file. To resume that job
 * would make an old export a new one.
 */
export async function publishedFile(
  files: SaveFiles,
  { before, job }: StoredRun,
): Promise<PublishedFile | undefined> {
  if (before === undefined || (await hasUnfinishedSave(files))) return undefined;
  const path = files.target;
  const { id, createdAt } = (job ?? {}) as Partial<ExportJob>;
  return onDisk(files, async () => {
    const now = await identityOf(path);
    if (now === null || isSameFile(now, before)) return undefined;
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    const which = { ...(id !== undefined && { jobId: id }), ...(createdAt !== undefined && { createdAt }) };
    return { path, ...which, bytes: now.size, sha256: hash.digest("hex"), resumed: true };
  });
}
