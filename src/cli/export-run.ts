import type { Clock } from "exportkit";
import type { ExportCommand } from "./commands.js";
import type { Output } from "./output.js";
import type { Progress } from "./progress.js";
import type { Environment } from "./vendors.js";

export interface ExportRun {
  readonly command: ExportCommand;
  readonly environment: Environment;
  /** Where the vendor's variables are: the environment, or a profile. */
  readonly credentials: Environment;
  readonly progress: Progress;
  readonly output: Output;
  readonly signal: AbortSignal;
  readonly clock: Clock | undefined;
  /** Called once a new export is started and stored: from then on a run can resume it. */
  readonly onStarted: () => void;
  readonly hasStarted: () => boolean;
}
