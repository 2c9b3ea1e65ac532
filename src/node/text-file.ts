import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { isRefusal } from "./file-error.js";

/** To open what may be a pipe that somebody has put there: nobody writes to it, and it would be waited for for ever. */
export const READ_ONLY = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** The text of a small file; `undefined` where there is none, and `""` where something else has its name. */
export async function readTextFile(path: string): Promise<string | undefined> {
  try {
    const handle = await open(path, READ_ONLY);
    try {
      return (await handle.stat()).isFile() ? await handle.readFile("utf8") : "";
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isRefusal(error, "ENOENT")) return undefined;
    // A socket has no other way to be opened.
    if (isRefusal(error, "EISDIR", "ENXIO")) return "";
    throw error;
  }
}
