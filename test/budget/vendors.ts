import {
  type ClientSettings,
  createExportClient,
  type ExportClient,
  type ExportJob,
  type Providers,
} from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import {
  createAuthgearEmulator,
  createAvepointEmulator,
  createTestClock,
  createZephrEmulator,
  type Emulator,
  type EmulatorClock,
  type TestClock,
} from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { collect } from "../support/collect.js";

export const token = "ready-made-token";

/** A vendor of which an export can be made by one invocation after another, each with a client of its own. */
export interface Vendor {
  readonly name: string;
  readonly emulator: Emulator;
  /** A fresh client, as another process would have it. */
  client(settings?: ClientSettings): ExportClient<Providers>;
  start(client: ExportClient<Providers>): Promise<ExportJob>;
}

interface Setup {
  readonly name: "authgear-ndjson" | "authgear-csv" | "avepoint" | "zephr";
  create(clock: EmulatorClock | undefined, jobDurationMs: number): Omit<Vendor, "name" | "client"> & Connect;
}

interface Connect {
  connect(): Providers;
}

const keys = { accessKey: "access", secretKey: "secret" };

function authgearSetup(format: "ndjson" | "csv"): Setup {
  return {
    name: `authgear-${format}`,
    create(clock, jobDurationMs) {
      const emulator = createAuthgearEmulator({
        tokens: [token],
        users: 150,
        chunkBytes: 8_192,
        jobDurationMs,
        ...(clock && { clock }),
      });
      return {
        emulator,
        connect: () => ({ export: authgear({ endpoint: emulator.endpoint, token }) }),
        start: (client) => client.startExport("export", { format } as never) as Promise<ExportJob>,
      };
    },
  };
}

export const setups: readonly Setup[] = [
  authgearSetup("ndjson"),
  authgearSetup("csv"),
  {
    name: "avepoint",
    create(clock, jobDurationMs) {
      const emulator = createAvepointEmulator({
        tokens: [token],
        rows: 60,
        workbooks: 2,
        jobDurationMs,
        ...(clock && { clock }),
      });
      return {
        emulator,
        connect: () => ({ export: avepoint({ baseUrl: emulator.endpoint, token }) }),
        start: (client) =>
          client.startExport("export", {
            report: "userAccess",
            email: "ada@contoso.com",
            dataSources: ["SharePoint Online"],
          } as never) as Promise<ExportJob>,
      };
    },
  },
  {
    name: "zephr",
    create(clock) {
      const emulator = createZephrEmulator({
        keys: { [keys.accessKey]: keys.secretKey },
        users: 130,
        ...(clock && { clock }),
      });
      return {
        emulator,
        connect: () => ({ export: zephr({ baseUrl: emulator.endpoint, ...keys }) }),
        start: (client) => client.startExport("export", { pageSize: 10 } as never) as Promise<ExportJob>,
      };
    },
  },
];

/** A vendor on a virtual clock; `jobDurationMs` is how long an export takes where there are jobs. */
export function vendorOf(setup: Setup, jobDurationMs = 0): Vendor & { readonly clock: TestClock } {
  const clock = createTestClock();
  const { emulator, connect, start } = setup.create(clock, jobDurationMs);
  return {
    name: setup.name,
    emulator,
    clock,
    start,
    client: (settings) =>
      createExportClient({
        providers: connect(),
        fetch: emulator.fetch,
        clock,
        random: () => 0.5,
        ...settings,
      }),
  };
}

/** A vendor in real time, for sockets: serve its emulator first. */
export function realVendorOf(setup: Setup): Vendor {
  const { emulator, connect, start } = setup.create(undefined, 0);
  return {
    name: setup.name,
    emulator,
    start,
    client: (settings) => createExportClient({ providers: connect(), ...settings }),
  };
}

/** A finished export, and all of its records. */
export async function finished(vendor: Vendor) {
  const client = vendor.client();
  const job = await client.waitForExport(await vendor.start(client));
  return { client, job, reference: await collect(await client.download(job)) };
}
