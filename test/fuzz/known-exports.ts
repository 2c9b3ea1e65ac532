import { createExportClient, type ExportJob } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import {
  createAuthgearEmulator,
  createAvepointEmulator,
  createTestClock,
  createZephrEmulator,
  type TestClock,
} from "exportkit/testing";
import { zephr } from "exportkit/zephr";

type Client = ReturnType<typeof connect>;

/** Three vendors behind one client, and an export of each that has succeeded. */
export interface KnownExports {
  readonly client: Client;
  readonly clock: TestClock;
  /** By connection. */
  readonly jobs: { readonly [connection in "users" | "access" | "readers"]: ExportJob };
}

const token = "fuzz-canary-token-0123456789";
type Fetch = typeof globalThis.fetch;

export async function knownExports(): Promise<KnownExports> {
  const clock = createTestClock();
  const vendors = [
    createAuthgearEmulator({ tokens: [token], clock, users: 12, chunkBytes: 300 }),
    createAvepointEmulator({ tokens: [token], clock, rows: 12 }),
    createZephrEmulator({ keys: { key: "secret-key" }, clock, users: 12 }),
  ] as const;
  const fetch: Fetch = (input, init) => {
    const url = new URL(String(input));
    const vendor = vendors.find((emulator) => emulator.roleOf(url) !== undefined);
    if (!vendor) throw new TypeError("fetch failed");
    return vendor.fetch(input as string, init);
  };
  const client = connect(clock, fetch, vendors[2].endpoint);
  const jobs = {
    users: await client.startExport("users", { format: "ndjson" }),
    access: await client.startExport("access", {
      report: "sitePermissions",
      siteUrls: ["https://a.example"],
    }),
    readers: await client.startExport("readers", { pageSize: 5 }),
  };
  return {
    client,
    clock,
    jobs: {
      users: await client.waitForExport(jobs.users),
      access: await client.waitForExport(jobs.access),
      readers: await client.waitForExport(jobs.readers),
    },
  };
}

function connect(clock: TestClock, fetch: Fetch, baseUrl: string) {
  return createExportClient({
    providers: {
      users: authgear({ endpoint: "https://myapp.authgearapps.com", token }),
      access: avepoint({ dataCenter: "us", token }),
      readers: zephr({ baseUrl, accessKey: "key", secretKey: "secret-key" }),
    },
    fetch,
    // A job may ask for a wait of any length, and the clock is used again.
    clock: { ...clock, sleep: (ms, signal) => clock.sleep(Math.min(ms, 60 * 60 * 1000), signal) },
    random: () => 0.5,
  });
}
