import { createExportClient, type ExportClient, type ExportJob } from "exportkit";
import { type AvepointProvider, type AvepointRequest, avepoint } from "exportkit/avepoint";
import type { SaveFormat } from "exportkit/node";
import {
  type AvepointEmulator,
  type AvepointEmulatorOptions,
  createAvepointEmulator,
  serveEmulator,
} from "exportkit/testing";
import { onTestFinished } from "vitest";
import { collectBuffer } from "../support/collect.js";

/** A finished report of an emulated tenant. */
export interface ServedReport {
  readonly emulator: AvepointEmulator;
  readonly client: ExportClient<{ readonly access: AvepointProvider }>;
  readonly job: ExportJob<"access", AvepointRequest<string>>;
  /** What the saved file must be, made without saving. */
  reference(format: SaveFormat): Promise<Buffer>;
}

/** A report whose file has states of one length from its first change on; over sockets where told. */
export async function serveReport(
  options: AvepointEmulatorOptions,
  { sockets = false, retries = 3 } = {},
): Promise<ServedReport> {
  const emulator = createAvepointEmulator({
    tokens: ["token"],
    rows: 300,
    workbooks: 2,
    chunkBytes: 8_192,
    ...options,
  });
  emulator.changeFiles();
  if (sockets) {
    const served = await serveEmulator(emulator);
    onTestFinished(() => served.close());
  }
  const client = createExportClient({
    providers: { access: avepoint({ baseUrl: emulator.endpoint, token: "token" }) },
    ...(!sockets && { fetch: emulator.fetch }),
    retry: { retries, minDelayMs: 1, maxDelayMs: 2 },
  });
  const started = await client.startExport("access", {
    report: "userAccess",
    email: "ada@contoso.com",
    dataSources: ["SharePoint Online"],
  });
  const job = (await client.pollExport(started)) as ServedReport["job"];
  return {
    emulator,
    client,
    job,
    async reference(format) {
      const download = await client.download(job);
      return collectBuffer(format === "raw" ? download.bytes() : download.encode(format));
    },
  };
}
