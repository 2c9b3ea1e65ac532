import { createExportClient, type ExportEvent } from "exportkit";
import { type AuthgearRequest, authgear } from "exportkit/authgear";
import {
  type AuthgearEmulator,
  type AuthgearEmulatorOptions,
  authgearExportBytes,
  createAuthgearEmulator,
  createTestClock,
  type TestClock,
} from "exportkit/testing";

export type Client = ReturnType<typeof connect>;
type Settings = Partial<Omit<Parameters<typeof createExportClient>[0], "providers">>;
export type Job = Awaited<ReturnType<Client["waitForExport"]>>;

/** A finished export at an emulated Authgear, about to be downloaded. */
export interface AuthgearExport {
  readonly emulator: AuthgearEmulator;
  readonly clock: TestClock;
  readonly client: Client;
  readonly job: Job;
  /** The file as it must arrive. */
  readonly whole: Uint8Array;
  readonly events: readonly ExportEvent[];
  /**
   * The requests since the job was finished, each as its status and, if it is for the file, its range:
   * `locate 200`, `artifact 200`, `artifact 206 bytes=1000-`.
   */
  requests(): readonly string[];
}

export const token = "ready-made-token";

export async function authgearExport(
  options: AuthgearEmulatorOptions & { readonly request?: AuthgearRequest } = {},
  settings: Settings = {},
): Promise<AuthgearExport> {
  const { request = { format: "ndjson" } as const, ...emulatorOptions } = options;
  const clock = createTestClock();
  const emulator = createAuthgearEmulator({ tokens: [token], clock, ...emulatorOptions });
  const events: ExportEvent[] = [];
  const client = connect(emulator.endpoint, {
    fetch: emulator.fetch,
    clock,
    onEvent: (event) => events.push(event),
    ...settings,
  });
  const job = await client.waitForExport(await client.startExport("users", request));
  const before = emulator.requests.length;
  events.length = 0;
  return {
    emulator,
    clock,
    client,
    job,
    whole: await expectedBytes(emulator, emulatorOptions),
    events,
    requests: () =>
      emulator.requests.slice(before).map(({ operation, status, range }) => {
        const name = operation === "poll" ? "locate" : operation;
        return [name, status ?? "lost", range].filter((word) => word !== undefined).join(" ");
      }),
  };
}

export function connect(endpoint: string, settings: Settings) {
  return createExportClient({ ...settings, providers: { users: authgear({ endpoint, token }) } });
}

/** The file as it must arrive; read off what the vendor was really asked for. */
export async function expectedBytes(
  { tasks }: AuthgearEmulator,
  { users = 100, olderServer }: AuthgearEmulatorOptions = {},
): Promise<Uint8Array> {
  const request = tasks.at(-1)?.request ?? { format: "ndjson" };
  const { format, csv } = request;
  const file = { format, users, fields: csv?.fields, ...(olderServer && { olderServer }) };
  const parts: Uint8Array[] = [];
  for await (const chunk of authgearExportBytes(file)) parts.push(chunk);
  return new Uint8Array(Buffer.concat(parts));
}
