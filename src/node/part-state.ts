import { createHash } from "node:crypto";
import * as z from "#zod";
import { csvOptionFields } from "../download/csv-options.js";
import type { FileLayout } from "../download/file-options.js";
import type { Checkpoint, UncheckedRepeats } from "../download/types.js";
import type { ExportJob } from "../model/job.js";
import { readJson } from "../model/json.js";
import { unpolluted } from "../model/own-properties.js";
import type { Checksum } from "./checksum.js";
import { replaceFile } from "./durable-files.js";
import type { SaveFiles } from "./save-files.js";
import type { Leftover, SaveWork } from "./save-task.js";
import { readTextFile } from "./text-file.js";

/** How far a part is. */
export interface PartProgress extends Checksum {
  /** Bytes of the provider's file that were read for it. */
  readonly bytesRead: number;
  /** Records in it, where they are counted. */
  readonly records?: number | undefined;
  /** The columns that no record filled, once that is known. */
  readonly emptyColumns?: readonly string[] | undefined;
  /** Records in it that had come before, where that was checked. */
  readonly repeated?: number | undefined;
  /** Why it was not. */
  readonly uncheckedRepeats?: UncheckedRepeats | undefined;
  /** Where the download resumes; absent while there is nothing to resume. */
  readonly checkpoint?: Checkpoint | undefined;
  /** Whether nothing is missing but the final name. */
  readonly complete: boolean;
}

/** What lies beside a part, as JSON: whose it is, and what of it is proven. */
export interface PartState extends PartProgress {
  readonly version: 1;
  readonly job: PartOwner;
  readonly layout: FileLayout;
  /** The leases whose holders may have the part open; none once the last one has closed it. */
  readonly leases: readonly string[];
}

interface PartOwner {
  readonly provider: string;
  readonly connection: string;
  readonly id: string;
}

const schema = () => {
  const count = z.int().check(z.nonnegative());
  return z.object({
    version: z.literal(1),
    job: z.object({ provider: z.string(), connection: z.string(), id: z.string() }),
    layout: z.object({
      format: z.enum(["raw", "ndjson", "csv"]),
      ...csvOptionFields(),
    }),
    leases: z.array(z.string()),
    bytes: count,
    sha256: z.string(),
    bytesRead: count,
    records: z.optional(count),
    emptyColumns: z.optional(z.array(z.string())),
    repeated: z.optional(count),
    uncheckedRepeats: z.optional(z.enum(["bytes", "resumed", "many", "unnamed"])),
    // The rest of it is checked where it is used.
    checkpoint: z.optional(z.looseObject({ position: z.looseObject({}) })),
    complete: z.boolean(),
  });
};

export function ownerOf(job: ExportJob): PartOwner {
  return { provider: job.provider, connection: job.connection, id: job.id };
}

/** What lies beside the part: `undefined` where nothing does, `"unreadable"` where this version did not write it. */
export async function readPartState(files: SaveFiles): Promise<PartState | "unreadable" | undefined> {
  const text = await readTextFile(files.state);
  if (text === undefined) return undefined;
  const parsed = unpolluted(() => schema().safeParse(readJson(text)));
  if (!parsed.success) return "unreadable";
  const state = parsed.data as unknown as PartState;
  try {
    // It is written again before the part is opened.
    JSON.stringify(state);
  } catch {
    return "unreadable";
  }
  return state.bytes > 0 && !state.complete && !state.checkpoint ? "unreadable" : state;
}

/**
 * Stores what is proven about a part. Everything it claims must have been synced before.
 *
 * @param leases - of whoever may have the part open
 */
export async function writePartState(
  { files, job, settings, lease }: SaveWork,
  progress: PartProgress,
  leases: readonly string[] = [lease.id],
): Promise<void> {
  const { bytes, sha256, bytesRead, records, checkpoint, complete } = progress;
  const { emptyColumns, repeated, uncheckedRepeats } = progress;
  const told = { emptyColumns, repeated, uncheckedRepeats };
  const proven = { bytes, sha256, bytesRead, records, ...told, checkpoint, complete };
  const state: PartState = { version: 1, job: ownerOf(job), layout: settings.layout, leases, ...proven };
  await replaceFile(files.folder, files.state, JSON.stringify(state), lease);
}

/** Takes the name of a part that does not exist yet. */
export async function beginPartState(scope: SaveWork): Promise<void> {
  const sha256 = createHash("sha256").digest("hex");
  await writePartState(scope, { bytes: 0, sha256, bytesRead: 0, complete: false });
}

export function leftoverOf({ job, bytes }: PartState, reason: string): Leftover {
  return { jobId: job.id, bytes, reason };
}
