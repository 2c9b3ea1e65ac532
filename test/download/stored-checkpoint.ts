import type { Checkpoint } from "exportkit";
import type { AuthgearExport } from "../artifact/authgear-export.js";

/** A checkpoint as it comes back from wherever it was stored. */
export const stored = (checkpoint: Checkpoint): Checkpoint => JSON.parse(JSON.stringify(checkpoint));

/** The checkpoint after so many records. */
export async function afterSome(run: AuthgearExport, count = 10): Promise<Checkpoint> {
  const download = await run.client.download(run.job);
  let seen = 0;
  for await (const _ of download) if (++seen === count) break;
  return stored(download.checkpoint());
}
