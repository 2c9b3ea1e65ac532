import { createExportClient, type ExportClient, type ExportJob } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import type { UploadFormat } from "exportkit/object-store";
import { createAuthgearEmulator, createAvepointEmulator, createZephrEmulator } from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { collectBuffer } from "../support/collect.js";

// Of one type, for the tests that run with each.
type AnyClient = ExportClient<{ readonly any: ReturnType<typeof authgear> }>;

/** An export that is done at its vendor, and what its object must be. */
export interface FinishedExport {
  readonly vendor: string;
  readonly client: AnyClient;
  readonly job: ExportJob<"any", { readonly format: "ndjson" }>;
  reference(format: UploadFormat): Promise<Buffer>;
}

const token = "ready-made-token";
const keys = { accessKey: "access", secretKey: "secret" };

async function finished(vendor: string, client: unknown, request: object): Promise<FinishedExport> {
  const any = client as AnyClient;
  const job = await any.pollExport(await any.startExport("any", request as { format: "ndjson" }));
  return {
    vendor,
    client: any,
    job: job as FinishedExport["job"],
    reference: async (format) => {
      const download = await any.download(job);
      return collectBuffer(format === "raw" ? download.bytes() : download.encode(format));
    },
  };
}

/** Of every vendor one, without sockets, in chunks and pages that fit no part. */
export const finishedExports = {
  authgear: () => {
    const emulator = createAuthgearEmulator({ tokens: [token], users: 120, chunkBytes: 4_000 });
    const providers = { any: authgear({ endpoint: emulator.endpoint, token }) };
    return finished("authgear", createExportClient({ providers, fetch: emulator.fetch }), {
      format: "ndjson",
    });
  },
  zephr: () => {
    const emulator = createZephrEmulator({ keys: { [keys.accessKey]: keys.secretKey }, users: 150 });
    const providers = { any: zephr({ baseUrl: emulator.endpoint, ...keys }) };
    return finished("zephr", createExportClient({ providers, fetch: emulator.fetch }), { pageSize: 20 });
  },
  avepoint: () => {
    const emulator = createAvepointEmulator({ tokens: [token], rows: 30 });
    const providers = { any: avepoint({ baseUrl: emulator.endpoint, token }) };
    return finished("avepoint", createExportClient({ providers, fetch: emulator.fetch }), {
      report: "userAccess",
      email: "ada@contoso.com",
      dataSources: ["SharePoint Online"],
    });
  },
} as const satisfies { readonly [vendor: string]: () => Promise<FinishedExport> };
