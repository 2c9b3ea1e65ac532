import { createHash } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";
import { SAVE_EXPORT_WORDING, type Wording } from "./wording.js";

/** The files of one save. All lie in one folder, so that a rename is one step and never a copy. */
export interface SaveFiles {
  /** Where the finished file goes; absolute. */
  readonly target: string;
  readonly folder: string;
  /** The file while it grows. */
  readonly part: string;
  /** What is proven about the part, as JSON. */
  readonly state: string;
  /** What carries an export of the command line from run to run, as JSON. */
  readonly job: string;
  /** What every lock file's name begins with. */
  readonly lockPrefix: string;
  /** How errors about these files say what to do. */
  readonly words: Wording;
}

// File systems allow names of 255 bytes. The longest ending is that of a lock, or of a state while it is written.
const LONGEST_STEM = 255 - 75;

export function filesFor(path: string, words: Wording = SAVE_EXPORT_WORDING): SaveFiles {
  const target = resolve(path);
  const folder = dirname(target);
  const stem = shortStem(basename(target));
  const part = join(folder, `${stem}.part`);
  return {
    target,
    folder,
    part,
    state: `${part}.json`,
    job: join(folder, `${stem}.job.json`),
    lockPrefix: `${stem}.part.lock-`,
    words,
  };
}

/** Names beside a very long one are shorter, and still its own. */
function shortStem(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= LONGEST_STEM) return name;
  const mark = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  // What is left of a character that was cut goes.
  const kept = bytes
    .subarray(0, LONGEST_STEM - mark.length - 1)
    .toString("utf8")
    .replace(/\ufffd{1,3}$/, "");
  return `${kept}~${mark}`;
}
