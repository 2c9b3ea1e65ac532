import type { AuthgearExportRequest } from "./request-schema.js";

/** An export at the emulated vendor. Times are ms since the epoch. */
export interface AuthgearTask {
  readonly id: string;
  /** 1 for the first task, and so on. */
  readonly sequence: number;
  readonly request: AuthgearExportRequest;
  readonly createdAt: number;
  /** When it ended; `undefined` while it runs. */
  readonly endedAt: number | undefined;
  /** How often its status was asked for. */
  readonly polls: number;
}
