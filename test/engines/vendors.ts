// Exports of three vendors, slow enough to be killed in the middle of. That of workbooks is not slowed down: a
// step that resumes reads its archive from the front.
import {
  createAuthgearEmulator,
  createAvepointEmulator,
  createZephrEmulator,
  type Emulator,
  serveEmulator,
} from "exportkit/testing";

const token = "ready-made-token";

export interface ServedVendor {
  readonly vendor: "authgear" | "avepoint" | "zephr";
  readonly options: object;
  readonly request: object;
  readonly sliceMs: number;
  /** How many exports were started, by the vendor's own journal. */
  starts(): number;
  close(): Promise<void>;
}

async function serve(
  vendor: ServedVendor["vendor"],
  emulator: Emulator,
  connect: (endpoint: string) => Pick<ServedVendor, "options" | "request"> & { readonly sliceMs?: number },
): Promise<ServedVendor> {
  const { close, endpoint } = await serveEmulator(emulator);
  const starts = () => emulator.requests.filter(({ operation }) => operation === "start").length;
  return { vendor, sliceMs: 1_000, ...connect(endpoint), starts, close };
}

const forEver = Number.POSITIVE_INFINITY;

export const vendors = [
  async () => {
    const emulator = createAuthgearEmulator({ tokens: [token], users: 20_000 });
    emulator.faults.add({
      on: "artifact",
      times: forEver,
      fault: { type: "drip", bytes: 16_384, everyMs: 10 },
    });
    const request = { format: "ndjson" };
    return serve("authgear", emulator, (endpoint) => ({ options: { endpoint, token }, request }));
  },
  async () => {
    const keys = { accessKey: "access", secretKey: "secret" };
    const emulator = createZephrEmulator({
      keys: { [keys.accessKey]: keys.secretKey },
      users: 20_000,
      latencyMs: 25,
    });
    const request = { pageSize: 100 };
    // A step that resumes looks for its place in the listing first.
    const sliceMs = 4_000;
    return serve("zephr", emulator, (baseUrl) => ({ options: { baseUrl, ...keys }, request, sliceMs }));
  },
  async () => {
    const emulator = createAvepointEmulator({ tokens: [token], rows: 5_000, workbooks: 2 });
    const request = { report: "userAccess", email: "ada@contoso.com", dataSources: ["SharePoint Online"] };
    return serve("avepoint", emulator, (baseUrl) => ({
      options: { baseUrl, token },
      request,
      sliceMs: 10_000,
    }));
  },
];
