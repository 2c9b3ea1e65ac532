import { type AnyProvider, type ClientSettings, createExportClient, type ExportEvent } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import {
  createAuthgearEmulator,
  createAvepointEmulator,
  createTestClock,
  createZephrEmulator,
  type Emulator,
  generateAuthgearKeys,
  generateAvepointCertificate,
} from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { recordingLogger } from "../client/canary/leaks.js";

/** A request as it left the client, credentials included. */
export interface Sent {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string;
}

/** Answers in the vendor's place, or lets the vendor answer. */
export type Intercept = (sent: Sent, proceed: () => Promise<Response>) => Response | Promise<Response>;

export interface VendorOptions {
  readonly intercept?: Intercept;
  readonly settings?: ClientSettings;
  /** The request of the export, where it is not the vendor's usual one. */
  readonly request?: object;
}

interface Vendor {
  readonly emulator: Emulator;
  readonly provider: AnyProvider;
  readonly request: object;
  /** Where the vendor's credentials may go. */
  readonly home: string;
  /** What must never be seen, and, of these, what must never even be sent. */
  readonly secrets: readonly string[];
  readonly unsent: readonly string[];
}

const clientId = "11111111-2222-4333-8444-555555555555";
const [keys, pair] = await Promise.all([generateAuthgearKeys(), generateAvepointCertificate()]);

/** The inner lines of a PEM: each is long enough to be a leak by itself. */
const linesOf = (pem: string) => pem.split("\n").filter((line) => line.length > 40 && !line.includes("-"));

const makers: { readonly [name: string]: (clock: ReturnType<typeof createTestClock>) => Vendor } = {
  "Authgear with a private key": (clock) => {
    const { keyId, publicKey, privateKey } = keys;
    const emulator = createAuthgearEmulator({
      keys: { [keyId]: publicKey },
      clock,
      users: 30,
      pendingPolls: 1,
    });
    const { endpoint } = emulator;
    const unsent = linesOf(privateKey);
    return {
      emulator,
      provider: authgear({ endpoint, projectId: "myapp", keyId, privateKey }),
      request: { format: "ndjson" },
      home: endpoint,
      secrets: [...unsent, "TOTP-SECRET-"],
      unsent,
    };
  },
  "Authgear with a token": (clock) => {
    const token = "canary-token-7f3a9c51e0";
    const emulator = createAuthgearEmulator({ tokens: [token], clock, users: 30, pendingPolls: 1 });
    const { endpoint } = emulator;
    return {
      emulator,
      provider: authgear({ endpoint, token: async () => token }),
      request: { format: "csv" },
      home: endpoint,
      secrets: [token, "TOTP-SECRET-"],
      unsent: [],
    };
  },
  "AvePoint with a secret": (clock) => {
    const clientSecret = "canary-client-secret~+/=";
    const emulator = createAvepointEmulator({
      clients: [{ clientId, clientSecret }],
      clock,
      jobStatuses: [1],
    });
    return {
      emulator,
      provider: avepoint({ dataCenter: "us", clientId, clientSecret }),
      request: accessRequest,
      home: emulator.endpoint,
      secrets: [clientSecret, encodeURIComponent(clientSecret)],
      unsent: [],
    };
  },
  "AvePoint with a certificate": (clock) => {
    const { privateKey, certificate } = pair;
    const clients = [{ clientId, certificates: [certificate] }];
    const emulator = createAvepointEmulator({ clients, clock, jobStatuses: [1] });
    const unsent = linesOf(privateKey);
    return {
      emulator,
      provider: avepoint({ dataCenter: "us", clientId, certificate: { privateKey, certificate } }),
      request: accessRequest,
      home: emulator.endpoint,
      secrets: unsent,
      unsent,
    };
  },
  Zephr: (clock) => {
    const [accessKey, secretKey] = ["canary-access-key-1", "canary-zephr-secret-2"];
    const emulator = createZephrEmulator({ keys: { [accessKey]: secretKey }, clock, users: 30 });
    return {
      emulator,
      provider: zephr({ baseUrl: emulator.endpoint, accessKey, secretKey }),
      request: { pageSize: 10 },
      home: emulator.endpoint,
      secrets: [accessKey, secretKey],
      unsent: [secretKey],
    };
  },
};

export const accessRequest = {
  report: "userAccess",
  email: "ada@contoso.com",
  dataSources: ["SharePoint Online"],
} as const;

export const vendorNames = Object.keys(makers);

/** One emulated vendor and a client for it, its connection named `export`, both by one test clock. */
export function connect(name: string, { intercept, settings, ...options }: VendorOptions = {}) {
  const maker = makers[name];
  if (!maker) throw new Error(`there is no vendor ${name}`);
  const clock = createTestClock();
  const vendor = maker(clock);
  const sent: Sent[] = [];
  const events: ExportEvent[] = [];
  const { logger, lines } = recordingLogger();
  const client = createExportClient({
    providers: { export: vendor.provider },
    clock,
    random: () => 0.5,
    logger,
    onEvent: (event) => events.push(event),
    fetch: async (input, init) => {
      const copy = new Request(input, { ...init, signal: null });
      const { url, method, headers } = copy;
      const request = { url: new URL(url), method, headers, body: await copy.text() };
      sent.push(request);
      const proceed = () => vendor.emulator.fetch(input, init);
      return intercept ? intercept(request, proceed) : proceed();
    },
    ...settings,
  });
  const request = options.request ?? vendor.request;
  /** A job that has succeeded. */
  const finish = async () => client.waitForExport(await client.startExport("export", request));
  return { ...vendor, request, clock, client, sent, events, lines, finish };
}

export type Connected = ReturnType<typeof connect>;

/** What a request carries by way of credentials: its header, or the proof in the body of a token request. */
export function credentialsOf({ headers, body }: Sent): string | undefined {
  return headers.get("authorization") ?? /client_(?:secret|assertion)=[^&]+/.exec(body)?.[0];
}

export const json = (value: unknown, status = 200) => Response.json(value, { status });

export const redirect = (location: string, status = 302) =>
  new Response("", { status, headers: { location } });
