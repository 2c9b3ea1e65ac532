import { ExportError } from "../../model/errors.js";
import type { Artifact } from "../../spec/artifact.js";
import type { ByteSource } from "./byte-source.js";
import { tailSize } from "./find-end-record.js";
import type { MemoryBudget } from "./memory-budget.js";
import { MemorySource } from "./memory-source.js";
import { RangedSource } from "./ranged-source.js";

/**
 * Opens an artifact for reading at any place: by range requests where its store answers them and tells the size,
 * else by holding all of it in memory.
 *
 * @param member - its name, where it is the member of an archive that could not be read in its place
 * @throws ExportError `LIMIT_EXCEEDED` where it must be held and is larger than the budget
 */
export async function openArtifact(
  artifact: Artifact,
  memory: MemoryBudget,
  member?: string,
): Promise<ByteSource> {
  const ranged = await openRanged(artifact, member !== undefined);
  if (ranged) return ranged;
  const what =
    member === undefined
      ? "The archive is held in memory, because its store answers no range requests"
      : `${member} is held in memory, because it is compressed within the archive`;
  // Known to be too large: said before the download, not after. The copy that a member comes from shrinks meanwhile.
  if (member === undefined) memory.check(artifact.size ?? 0, what);
  return MemorySource.fill((restart) => artifact.stream(0, restart), memory, what);
}

async function openRanged(artifact: Artifact, isMember: boolean): Promise<ByteSource | undefined> {
  // Taken before anything is read: a validator named later says nothing about the answers before.
  const validated = artifact.validated === true;
  try {
    // A store may tell the size only in the answer to a range.
    if (artifact.size === undefined) await artifact.read(0, 4);
    const { size } = artifact;
    if (!size) return undefined;
    const source = new RangedSource(artifact, size, validated, isMember);
    // The source keeps it: the end is where reading an archive begins.
    await source.read(Math.max(0, size - tailSize), size);
    return source;
  } catch (error) {
    if (ExportError.isInstance(error) && error.code === "NOT_SUPPORTED") return undefined;
    throw error;
  }
}
