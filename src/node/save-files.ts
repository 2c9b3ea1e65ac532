import { basename, dirname, resolve } from "node:path";

/** The files of one save. All lie in one folder, so that a rename is one step and never a copy. */
export interface SaveFiles {
  /** Where the finished file goes; absolute. */
  readonly target: string;
  readonly folder: string;
  /** The file while it grows. */
  readonly part: string;
  /** What is proven about the part, as JSON. */
  readonly state: string;
  /** What every lock file's name begins with. */
  readonly lockPrefix: string;
}

export function filesFor(path: string): SaveFiles {
  const target = resolve(path);
  const part = `${target}.part`;
  return {
    target,
    folder: dirname(target),
    part,
    state: `${part}.json`,
    lockPrefix: `${basename(part)}.lock-`,
  };
}
