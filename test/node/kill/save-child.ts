// The program that is killed: saves one export and tells its progress. Its only argument is a `ChildTask` as JSON.
import { writeSync } from "node:fs";
import { createExportClient, type ExportJob, type JsonObject } from "exportkit";
import { type AuthgearOptions, authgear } from "exportkit/authgear";
import { type AvepointOptions, avepoint } from "exportkit/avepoint";
import { type SaveFormat, saveExport } from "exportkit/node";
import { type ZephrOptions, zephr } from "exportkit/zephr";

export interface ChildTask {
  readonly provider: keyof typeof adapters;
  /** The adapter's options. */
  readonly options: JsonObject;
  readonly job: ExportJob;
  readonly path: string;
  readonly format: SaveFormat;
}

// The parent's word is taken for it that the options fit.
const adapters = {
  authgear: (options: unknown) => authgear(options as AuthgearOptions),
  avepoint: (options: unknown) => avepoint(options as AvepointOptions),
  zephr: (options: unknown) => zephr(options as ZephrOptions & { readonly apiVersion?: "v3" }),
};

const { provider, options, job, path, format } = JSON.parse(process.argv[2] ?? "") as ChildTask;
const client = createExportClient({ providers: { [job.connection]: adapters[provider](options) } });
const saved = await saveExport(client, client.parseJob(job), path, {
  format,
  checkpointEvery: { bytes: 32_768, ms: 20 },
  onProgress: ({ bytesWritten }) => writeSync(1, `${bytesWritten}\n`),
});
writeSync(1, `${JSON.stringify(saved)}\n`);
