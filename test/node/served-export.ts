import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClientSettings, createExportClient, type ExportClient, type ExportJob } from "exportkit";
import { type AuthgearRequest, authgear } from "exportkit/authgear";
import type { SaveFormat } from "exportkit/node";
import {
  type AuthgearEmulator,
  type AuthgearEmulatorOptions,
  authgearExportBytes,
  createAuthgearEmulator,
  serveEmulator,
} from "exportkit/testing";
import { onTestFinished } from "vitest";
import { collectBuffer } from "../support/collect.js";

export const token = "ready-made-token";

type Connections = { readonly users: ReturnType<typeof authgear> };

/** An emulated export, finished and ready to be saved. */
export interface ServedExport {
  readonly emulator: AuthgearEmulator;
  readonly client: ExportClient<Connections>;
  readonly job: ExportJob<"users", AuthgearRequest>;
  /** What the saved file must be, made without saving. */
  reference(format: SaveFormat): Promise<Buffer>;
  /** Another job of the same client. */
  another(): Promise<ExportJob<"users", AuthgearRequest>>;
}

export interface ServedExportOptions extends AuthgearEmulatorOptions {
  readonly source?: "ndjson" | "csv";
  readonly settings?: ClientSettings;
  /** Without sockets a fault falls on the very byte it names. Default: with. */
  readonly sockets?: boolean;
}

/** Serves an export, behind real sockets unless told otherwise, until the test is over. */
export async function serveExport({
  source = "ndjson",
  settings = {},
  sockets = true,
  ...options
}: ServedExportOptions = {}): Promise<ServedExport> {
  const users = options.users ?? 500;
  const emulator = createAuthgearEmulator({ tokens: [token], chunkBytes: 16_384, ...options, users });
  if (sockets) {
    const served = await serveEmulator(emulator);
    onTestFinished(() => served.close());
  }
  const client = createExportClient({
    providers: { users: authgear({ endpoint: emulator.endpoint, token }) },
    ...(!sockets && { fetch: emulator.fetch }),
    retry: { minDelayMs: 1, maxDelayMs: 2 },
    ...settings,
  });
  const finish = async () => {
    const job = await client.startExport("users", { format: source } as AuthgearRequest);
    return (await client.pollExport(job)) as ExportJob<"users", AuthgearRequest>;
  };
  const job = await finish();
  return {
    emulator,
    client,
    job,
    another: finish,
    async reference(format) {
      const fields = emulator.tasks[0]?.request.csv?.fields;
      if (format === "raw") return collectBuffer(authgearExportBytes({ format: source, users, fields }));
      return collectBuffer((await client.download(job)).encode(format));
    },
  };
}

/** An empty folder for one test. */
export async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "exportkit-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The names and the texts of the files in a folder. */
export async function filesIn(folder: string): Promise<{ readonly [name: string]: string }> {
  const names = (await readdir(folder)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? ""]));
}
