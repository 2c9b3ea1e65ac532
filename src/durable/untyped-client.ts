import type { Providers } from "../connection-types.js";
import type { OpenDownloadOptions } from "../download/open.js";
import type { ExportDownload } from "../download/types.js";
import type { CallOptions, ExportClient } from "../export-client.js";
import type { ExportJob } from "../model/job.js";
import { checkClient } from "../model/wrong-option.js";

/** The client without what it knows of its connections: a state may be of any of them. */
export interface UntypedClient {
  startExport(connection: string, request: unknown, options: CallOptions): Promise<ExportJob>;
  explainExport(connection: string, request: unknown): Promise<unknown>;
  pollExport(job: ExportJob, options: CallOptions): Promise<ExportJob>;
  download<R>(job: ExportJob, options: OpenDownloadOptions): Promise<ExportDownload<R>>;
}

/** Refuses, for a call, what is no client. */
export function checkStepClient(call: string, client: unknown): void {
  checkClient(call, client, "startExport", "explainExport", "pollExport", "download");
}

export function untyped<P extends Providers>(client: ExportClient<P>): UntypedClient {
  return client as unknown as UntypedClient;
}
