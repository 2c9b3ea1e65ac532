import type { Wording } from "../node/wording.js";

/**
 * What to do next, in the words of the command line.
 *
 * @param startedAnew - whether this run has started an export by `--restart`, so that the next one goes without it
 */
export function wordsOf(startedAnew: () => boolean): Wording {
  const without = () => (startedAnew() ? " without --restart" : "");
  return {
    get again() {
      return `run the same command again${without()}`;
    },
    get restart() {
      return (
        `run it again${without()} and with --overwrite, which downloads this export from its beginning, or with ` +
        "--restart for a new one"
      );
    },
    overwrite: "run with --overwrite",
    // Said on a line of its own.
    newExport: undefined,
    otherPath: "choose another path with --out",
    skip: "add --skip-invalid",
    stream: "write to the standard output with --out -",
  };
}
