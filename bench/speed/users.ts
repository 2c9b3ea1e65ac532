// What is read: users of an emulated project, their names and attributes in many scripts, through the public API.
import { createExportClient, type ExportDownload } from "exportkit";
import { authgear } from "exportkit/authgear";
import { createAuthgearEmulator, createZephrEmulator } from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { replay } from "./replay.ts";

const token = "ready-made-token";

export interface Served {
  open(): Promise<ExportDownload<object>>;
}

export interface ServedFile extends Served {
  /** The file as any other program gets it. */
  body(): Promise<ReadableStream<Uint8Array>>;
}

export async function servedFile(format: "ndjson" | "csv", users: number): Promise<ServedFile> {
  const emulator = createAuthgearEmulator({ tokens: [token], users });
  const { fetch, keep } = replay(emulator.fetch, (url) => url.origin + url.pathname);
  const providers = { users: authgear({ endpoint: emulator.endpoint, token }) };
  const client = createExportClient({ providers, fetch });
  const job = await client.waitForExport(await client.startExport("users", { format }));
  keep();
  let url = "";
  const asked = createExportClient({
    providers,
    fetch: (input, init) => {
      url = String(input instanceof Request ? input.url : input);
      return fetch(input, init);
    },
  });
  await (await asked.download(job))[Symbol.asyncDispose]();
  return {
    open: () => client.download(job),
    async body() {
      const { body } = await fetch(url);
      if (!body) throw new Error("there is no file");
      return body;
    },
  };
}

export const keys = { accessKey: "bench", secretKey: "not-a-secret" };

export async function servedPages(users: number, pageSize: number, latencyMs = 0, prefetchPages?: number) {
  const emulator = createZephrEmulator({ keys: { [keys.accessKey]: keys.secretKey }, users });
  const { fetch: answer, keep } = replay(emulator.fetch, (url) => url.href);
  const fetch: typeof globalThis.fetch = async (input, init) => {
    if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
    return await answer(input, init);
  };
  let url = "";
  const client = createExportClient({
    providers: { readers: zephr({ baseUrl: emulator.endpoint, ...keys }) },
    fetch: (input, init) => {
      url = String(input instanceof Request ? input.url : input);
      return fetch(input, init);
    },
    ...(prefetchPages !== undefined && { prefetchPages }),
  });
  const job = await client.startExport("readers", { pageSize });
  keep();
  const count = await countOf(await client.download(job));
  if (count !== users) throw new Error(`${count} users came`);
  return { open: (): Promise<ExportDownload<object>> => client.download(job), fetch, url: new URL(url) };
}

/** How many records a download has. */
export async function countOf(download: AsyncIterable<object>): Promise<number> {
  let count = 0;
  for await (const _ of download) count++;
  return count;
}
