import type { Clock } from "exportkit";
import type { ExportCommand } from "./commands.js";
import type { Output } from "./output.js";
import type { Terminal } from "./progress.js";
import type { Environment } from "./vendors.js";

/** One run of the command line, and what it runs in. */
export interface Invocation {
  readonly words: readonly string[];
  readonly environment: Environment;
  readonly stdin?: AsyncIterable<Uint8Array | string>;
  readonly stdout: Output;
  readonly stderr: Terminal;
  /** Aborted with an `Interruption` when the process is asked to end. */
  readonly signal: AbortSignal;
  /** What waits between two questions. Default: the machine's own. */
  readonly clock?: Clock;
  /** Called before anything is asked over the network; resolves with the exit code where that was done elsewhere. */
  readonly reachOut?: () => Promise<number | undefined>;
}

/** What is known of the run while it lasts, for telling how it failed. */
export interface RunRecord {
  exporting?: ExportCommand;
  started: boolean;
}
