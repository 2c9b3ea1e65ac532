import { type ClientSettings, createExportClient, type ExportDownload, type ExportJob } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import {
  createAuthgearEmulator,
  createAvepointEmulator,
  createZephrEmulator,
  type Emulator,
  type EmulatorClock,
  expectedOf,
  type FaultCase,
  type FaultExpectation,
  type FaultOperation,
  type FaultScenario,
  type FaultVendor,
  faultCases,
  generateAuthgearKeys,
} from "exportkit/testing";
import { zephr } from "exportkit/zephr";

/** The public API on one connection of whatever vendor. */
export interface Exporting {
  start(): Promise<ExportJob>;
  poll(job: ExportJob): Promise<ExportJob>;
  wait(job: ExportJob): Promise<ExportJob>;
  download(job: ExportJob): Promise<ExportDownload<unknown>>;
}

export interface EmulatedVendor {
  readonly emulator: Emulator;
  /** How many exports were started at the vendor; 0 where it knows none. */
  started(): number;
  /** A client for where the emulator is found now. */
  connect(settings: ClientSettings): Exporting;
  /** What must not show anywhere. */
  readonly secrets: readonly string[];
}

export interface VendorSetup {
  readonly name: string;
  readonly vendor: FaultVendor;
  /** The identity of a record, of which each may come once. */
  identityOf(record: unknown): string;
  readonly records: number;
  create(clock: EmulatorClock): EmulatedVendor;
  /** Cases of the vendor that cannot happen to this connection. */
  without?(tested: FaultCase): string | undefined;
}

export const operations: readonly FaultOperation[] = ["token", "start", "poll", "page", "artifact"];

const users = 30;
const keys = await generateAuthgearKeys();
const partsOfKey = keys.privateKey.split("\n").slice(1, -2);
const subOf = (record: unknown) => (record as { readonly sub: string }).sub;

export const setups: readonly VendorSetup[] = [
  {
    name: "Authgear NDJSON",
    vendor: "authgear",
    records: users,
    identityOf: subOf,
    without: ({ scenario }) =>
      scenario.name === "expired-token" ? "every request has a token of its own" : undefined,
    create(clock) {
      const emulator = createAuthgearEmulator({
        keys: { [keys.keyId]: keys.publicKey },
        users,
        clock,
      });
      const { keyId, privateKey } = keys;
      return {
        emulator,
        started: () => emulator.tasks.length,
        secrets: partsOfKey,
        connect(settings) {
          const provider = authgear({ endpoint: emulator.endpoint, projectId: "myapp", keyId, privateKey });
          const client = createExportClient({ providers: { users: provider }, ...settings });
          return {
            start: () => client.startExport("users", { format: "ndjson" }),
            poll: (job) => client.pollExport(client.parseJob(job)),
            wait: (job) => client.waitForExport(client.parseJob(job)),
            download: (job) => client.download(client.parseJob(job)),
          };
        },
      };
    },
  },
  {
    name: "Authgear CSV",
    vendor: "authgear",
    records: users,
    identityOf: subOf,
    create(clock) {
      const tokens = Array.from({ length: 50 }, (_, number) => `ready-made-token-${number}`);
      const emulator = createAuthgearEmulator({ tokens, users, clock });
      return {
        emulator,
        started: () => emulator.tasks.length,
        secrets: tokens,
        connect(settings) {
          let made = 0;
          const token = () => tokens[made++ % tokens.length] ?? "";
          const provider = authgear({ endpoint: emulator.endpoint, token });
          const client = createExportClient({ providers: { users: provider }, ...settings });
          return {
            start: () => client.startExport("users", { format: "csv" }),
            poll: (job) => client.pollExport(client.parseJob(job)),
            wait: (job) => client.waitForExport(client.parseJob(job)),
            download: (job) => client.download(client.parseJob(job)),
          };
        },
      };
    },
  },
  {
    name: "AvePoint",
    vendor: "avepoint",
    records: 88,
    identityOf: (record) => {
      const { file, sheet, row } = record as {
        readonly file: string;
        readonly sheet: string;
        readonly row: number;
      };
      return `${file}/${sheet}/${row}`;
    },
    create(clock) {
      const credentials = { clientId: "app", clientSecret: "canary-client-secret~+/=" };
      const emulator = createAvepointEmulator({
        clients: [credentials],
        rows: 40,
        workbooks: 2,
        clock,
      });
      return {
        emulator,
        started: () => emulator.jobs.length,
        secrets: [credentials.clientSecret],
        connect(settings) {
          const { endpoint, tokenUrl } = emulator;
          const provider = avepoint({ baseUrl: endpoint, tokenUrl, ...credentials });
          const client = createExportClient({ providers: { access: provider }, ...settings });
          return {
            start: () =>
              client.startExport("access", {
                report: "userAccess",
                email: "ada@contoso.com",
                dataSources: ["SharePoint Online"],
              }),
            poll: (job) => client.pollExport(client.parseJob(job)),
            wait: (job) => client.waitForExport(client.parseJob(job)),
            download: (job) => client.download(client.parseJob(job)),
          };
        },
      };
    },
  },
  {
    name: "Zephr",
    vendor: "zephr",
    records: 60,
    identityOf: (record) => (record as { readonly user: { readonly user_id: string } }).user.user_id,
    create(clock) {
      const credentials = { accessKey: "canary-access-key", secretKey: "canary-secret-key" };
      const emulator = createZephrEmulator({
        keys: { [credentials.accessKey]: credentials.secretKey },
        users: 60,
        clock,
      });
      return {
        emulator,
        started: () => 0,
        secrets: Object.values(credentials),
        connect(settings) {
          const provider = zephr({ baseUrl: emulator.endpoint, ...credentials });
          const client = createExportClient({ providers: { readers: provider }, ...settings });
          return {
            start: () => client.startExport("readers", { pageSize: 10 }),
            poll: (job) => client.pollExport(client.parseJob(job)),
            wait: (job) => client.waitForExport(client.parseJob(job)),
            download: (job) => client.download(client.parseJob(job)),
          };
        },
      };
    },
  },
];

/** The cases that a connection is put through. */
export function casesOf({ vendor, without }: VendorSetup): readonly FaultCase[] {
  return faultCases(vendor).filter((tested) => without?.(tested) === undefined);
}

/** Each case of a vendor once: of its further connections those that the ones before cannot be put through. */
export function newCasesOf(setup: VendorSetup): readonly FaultCase[] {
  const before = setups.slice(0, setups.indexOf(setup)).filter(({ vendor }) => vendor === setup.vendor);
  return casesOf(setup).filter((tested) => before.every((other) => other.without?.(tested) !== undefined));
}

/** What must be seen of a scenario, with what is impossible for this connection alone. */
export function expectedAt(
  setup: VendorSetup,
  scenario: FaultScenario,
  operation: FaultOperation,
): FaultExpectation {
  const expected = expectedOf(scenario, setup.vendor, operation);
  const reason = setup.without?.({ scenario, operation, expected });
  return reason === undefined || expected.outcome === "impossible"
    ? expected
    : { outcome: "impossible", reason };
}
