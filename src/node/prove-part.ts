import type { Checksum } from "./checksum.js";
import type { PartFile } from "./part-file.js";
import type { PartProgress } from "./part-state.js";
import { type SaveWork, saveError } from "./save-task.js";

/**
 * Rejects where a name does not lead to the file that was written and hashed, or that file has another length: what is
 * published is what was hashed. Whether another program wrote into the middle of it, only reading it again would tell.
 */
export async function provePart(
  scope: SaveWork,
  part: PartFile,
  name: string,
  { bytes, complete }: Checksum & Pick<PartProgress, "complete">,
): Promise<void> {
  const difference = await part.differenceTo(name, bytes, complete);
  if (difference === undefined) return;
  // It may be the next run's already, or gone with its whole folder.
  await scope.lease.confirm();
  throw saveError(
    scope,
    "INTEGRITY",
    `${scope.files.part} ${difference}: another program changed it while it was saved (a clean-up, a sync client), so ` +
      `it was not published. Keep that program away from the folder, then ${scope.files.words.again}`,
    { retryable: true, details: { reason: "part-changed", part: scope.files.part } },
  );
}
