import { type ClientSettings, createExportClient, type ExportDownload } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import { csv, fileDelivery, ndjson, type Provider, type RecordDecoder } from "exportkit/provider";
import { createTestClock } from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { zip } from "../records/zip/zip-writer.js";
import { type CaseFile, type TextCase, textOf, workbookBytes } from "./text-case.js";

const store = "https://store.example";

/** Opens the download of a case, through the public API and over a `fetch` that serves the case's bytes. */
export async function openCase(found: TextCase, settings: ClientSettings): Promise<ExportDownload<unknown>> {
  const common = { clock: createTestClock(), random: () => 0, retry: { retries: 0 }, ...settings };
  switch (found.through) {
    case "zephr":
    case "zephr-v4": {
      const pair = { tenantId: "news", accessKey: "AK", secretKey: "s3cr3t" };
      const provider = found.through === "zephr" ? zephr(pair) : zephr({ ...pair, apiVersion: "v4" });
      const client = createExportClient({
        providers: { readers: provider as ReturnType<typeof zephr> },
        fetch: pagesOf(found),
        ...common,
      });
      return client.runExport("readers", { pageSize: 2 });
    }
    case "authgear-ndjson":
    case "authgear-csv": {
      const client = createExportClient({
        providers: { users: authgear({ endpoint: "https://app.example", token: "t" }) },
        fetch: authgearServer(found),
        ...common,
      });
      if (found.through === "authgear-ndjson") return client.runExport("users", { format: "ndjson" });
      return client.runExport("users", { format: "csv", ...found.request });
    }
    case "avepoint": {
      const workbooks = found.workbooks && { workbooks: found.workbooks };
      const client = createExportClient({
        providers: { access: avepoint({ dataCenter: "us", token: "t", ...workbooks }) },
        fetch: avepointServer(found),
        ...common,
      });
      return client.runExport("access", { report: "sitePermissions", siteUrls: ["https://s.example"] });
    }
    default: {
      const decoder = found.through === "ndjson" ? ndjson() : csvDecoder(found.decoder?.prepare);
      return openFile(decoder, found.file ?? {}, common);
    }
  }
}

/** Opens a file with a provider of one's own. */
export async function openFile<R>(
  decoder: RecordDecoder<R>,
  file: CaseFile,
  settings: ClientSettings = {},
  checkpoint?: unknown,
): Promise<ExportDownload<R>> {
  const provider: Provider<object, R> = {
    spec: 1,
    name: "own",
    capabilities: { delivery: "file", jobs: "immediate", progress: false, formats: [decoder.format] },
    requestSchema: { "~standard": { version: 1, vendor: "test", validate: () => ({ value: {} }) } },
    start: async () => ({ id: "job", status: "succeeded" }),
    poll: async () => ({ status: "succeeded" }),
    delivery: fileDelivery({
      locate: async () => ({ url: `${store}/file`, credentials: "none" }),
      records: () => decoder,
    }),
  };
  const client = createExportClient({
    providers: { own: provider },
    fetch: async () => fileResponse(file, 5),
    ...settings,
  });
  const job = await client.startExport("own", {});
  return (await client.download(job, { checkpoint: checkpoint as never })) as ExportDownload<R>;
}

function csvDecoder(prepare: "position" | "first2" | undefined): RecordDecoder<unknown> {
  if (prepare === "position") return csv({ prepare: () => (cells) => [...cells] });
  if (prepare === undefined) return csv();
  return csv({
    prepare:
      ([first = "", second = ""]) =>
      ([one, other]) => ({ [first]: one, [second]: other }),
  });
}

type Fetch = typeof globalThis.fetch;

const urlOf = (input: Parameters<Fetch>[0]) => new URL(input instanceof Request ? input.url : input);

function pagesOf({ pages = [] }: TextCase): Fetch {
  return async (input) => {
    const page = pages[Number(urlOf(input).searchParams.get("page")) - 1];
    if (!page) return Response.json({ results: [], links: {} });
    const headers = { "content-type": page.type ?? "application/json" };
    return new Response(chunked(bytesOf(page), 5), { headers });
  };
}

function authgearServer({ file = {} }: TextCase): Fetch {
  const task = { id: "task", created_at: "2026-01-01T00:00:00Z" };
  return async (input, init) => {
    if (urlOf(input).origin === store) return fileResponse(file, 7);
    const isStart = (init?.method ?? (input as Request).method) === "POST";
    const done = { status: "completed", completed_at: "2026-01-01T00:00:01Z", download_url: `${store}/file` };
    return Response.json({ result: { ...task, ...(isStart ? { status: "pending" } : done) } });
  };
}

function avepointServer({ file = {} }: TextCase): Fetch {
  return async (input) => {
    const { pathname } = urlOf(input);
    if (pathname.endsWith("/exportfile")) return fileResponse(file, 5);
    if (pathname.endsWith("/exportstatus")) return Response.json({ jobStatus: 2, status: 200, message: "" });
    return Response.json({ jobId: "1", status: 200, message: "" });
  };
}

function fileResponse(file: CaseFile, chunk: number): Response {
  const bytes = bytesOf(file);
  const headers = { etag: '"v1"', "content-length": String(bytes.byteLength) };
  return new Response(chunked(bytes, chunk), { headers });
}

function bytesOf({ text, base64, workbook }: CaseFile): Uint8Array {
  if (workbook !== undefined) {
    return zip([{ name: workbook.replace(/^.*\//, ""), data: workbookBytes(workbook) }]);
  }
  return base64 === undefined ? new TextEncoder().encode(textOf(text ?? "")) : Buffer.from(base64, "base64");
}

function chunked(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at < bytes.length) controller.enqueue(new Uint8Array(bytes.subarray(at, at + size)));
      else controller.close();
      at += size;
    },
  });
}
