import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type ClientSettings, createExportClient } from "exportkit";
import { fileDelivery, ndjson, type Provider, type RecordDecoder } from "exportkit/provider";
import { createTestClock } from "exportkit/testing";
import { onTestFinished } from "vitest";

/** A store over real HTTP that answers as it is told, and a client of a provider whose file lies there. */
export async function httpStore(
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => void,
  decoder: RecordDecoder<unknown> = ndjson(),
  settings: ClientSettings = {},
) {
  const ranges: (string | undefined)[] = [];
  const listener: RequestListener = (request, response) => {
    ranges.push(request.headers.range);
    answer(request, response, ranges.length);
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file?signature=secret-of-the-url`;
  const provider: Provider = {
    spec: 1,
    name: "vendor",
    capabilities: { delivery: "file", jobs: "immediate", progress: false, formats: [decoder.format] },
    requestSchema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
    pace: { floorMs: 1, ceilingMs: 1 },
    start: async () => ({ id: "1", status: "succeeded" }),
    poll: async () => ({ status: "succeeded" }),
    delivery: fileDelivery({
      locate: async () => ({ url, credentials: "none" }),
      records: () => decoder,
    }),
  };
  const client = createExportClient({
    providers: { files: provider },
    clock: createTestClock(),
    random: () => 0.5,
    ...settings,
  });
  const job = await client.startExport("files", {});
  return { client, job, ranges, host: new URL(url).host };
}
