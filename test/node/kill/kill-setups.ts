import {
  createExportClient,
  type ExportClient,
  type ExportJob,
  type JobOf,
  type JsonObject,
  type Providers,
} from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import type { SaveFormat } from "exportkit/node";
import {
  createAuthgearEmulator,
  createAvepointEmulator,
  createZephrEmulator,
  type Emulator,
  type FaultTarget,
  serveEmulator,
} from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { collectBuffer } from "../../support/collect.js";
import type { ChildTask } from "./save-child.js";

/** A vendor whose exports are saved by a program that is killed. */
export interface KillSetup {
  readonly provider: ChildTask["provider"];
  /** Serves an export that is finished, and slow enough to be killed in the middle of. */
  serve(): Promise<ServedVictim>;
}

export interface ServedVictim {
  /** The adapter's options, for the child. */
  readonly options: JsonObject;
  readonly job: ExportJob;
  /** What the saved file must be, made without saving. */
  reference(format: SaveFormat): Promise<Buffer>;
  close(): Promise<void>;
}

const token = "ready-made-token";

/** Reads the export once and whole in every format, then makes it slow. */
async function victim<P extends Providers>(
  client: ExportClient<P>,
  job: JobOf<P>,
  slow: { readonly emulator: Emulator; readonly on: FaultTarget; readonly bytes: number },
): Promise<Pick<ServedVictim, "job" | "reference">> {
  const read = async (format: SaveFormat) => {
    const download = await client.download(job);
    return collectBuffer(format === "raw" ? download.bytes() : download.encode(format));
  };
  const references = { raw: await read("raw"), ndjson: await read("ndjson"), csv: await read("csv") };
  slow.emulator.faults.add({
    on: slow.on,
    times: Number.POSITIVE_INFINITY,
    fault: { type: "drip", bytes: slow.bytes, everyMs: 5 },
  });
  return { job, reference: async (format) => references[format] };
}

export const killSetups: readonly KillSetup[] = [
  {
    provider: "authgear",
    async serve() {
      const emulator = createAuthgearEmulator({ tokens: [token], users: 2_000 });
      const { endpoint, close } = await serveEmulator(emulator);
      const options = { endpoint, token };
      const client = createExportClient({ providers: { users: authgear(options) } });
      const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
      return { options, close, ...(await victim(client, job, { emulator, on: "artifact", bytes: 16_384 })) };
    },
  },
  {
    provider: "zephr",
    async serve() {
      const keys = { accessKey: "access", secretKey: "secret" };
      const emulator = createZephrEmulator({ keys: { [keys.accessKey]: keys.secretKey }, users: 3_000 });
      const { endpoint, close } = await serveEmulator(emulator);
      const options = { baseUrl: endpoint, ...keys };
      const client = createExportClient({ providers: { readers: zephr(options) } });
      const job = await client.waitForExport(await client.startExport("readers", { pageSize: 50 }));
      return { options, close, ...(await victim(client, job, { emulator, on: "page", bytes: 4_096 })) };
    },
  },
  {
    provider: "avepoint",
    async serve() {
      const emulator = createAvepointEmulator({ tokens: [token], rows: 2_000, workbooks: 2 });
      const { endpoint, close } = await serveEmulator(emulator);
      const options = { baseUrl: endpoint, token };
      const client = createExportClient({ providers: { access: avepoint(options) } });
      const job = await client.pollExport(
        await client.startExport("access", {
          report: "userAccess",
          email: "ada@contoso.com",
          dataSources: ["SharePoint Online"],
        }),
      );
      return { options, close, ...(await victim(client, job, { emulator, on: "artifact", bytes: 32_768 })) };
    },
  },
];
