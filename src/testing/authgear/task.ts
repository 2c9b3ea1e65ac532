import type { AuthgearExportRequest } from "./request-schema.js";

/** An export at the emulated vendor. Times are ms since the epoch. */
export interface AuthgearTask {
  /** The task's id. */
  readonly id: string;
  /** 1 for the first task, and so on. */
  readonly sequence: number;
  /** What was asked for. */
  readonly request: AuthgearExportRequest;
  /** When, in ms since the epoch. */
  readonly createdAt: number;
  /** When it ended; `undefined` while it runs. */
  readonly endedAt: number | undefined;
  /** How often its status was asked for. */
  readonly polls: number;
}
