import type { Operation } from "../model/errors.js";
import type { ExportJob } from "../model/job.js";
import type { SafetyClass } from "../spec/http.js";
import type { Attempts } from "./send.js";

/** The operation on whose behalf an adapter's requests are made. */
export interface OperationScope {
  readonly operation: Operation;
  readonly safety: SafetyClass;
  readonly signal?: AbortSignal | undefined;
  readonly job?: ExportJob | undefined;
  /** The page that the request asks for, where it asks for one. */
  readonly page?: number | undefined;
  /** How often this was asked before, where somebody else repeats it. */
  readonly attempts?: Attempts | undefined;
  /** Retries allowed; default the client's setting. */
  readonly retries?: number | undefined;
  /** Counts the bytes of the answers, where somebody wants to know. */
  readonly received?: { bytes: number } | undefined;
  /** Parses answers in UTF-8, given with their bytes; default `parseAnswer`. */
  readonly parse?: ((text: string, utf8: Uint8Array) => unknown) | undefined;
}
