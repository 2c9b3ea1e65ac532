import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { AwsClient } from "aws4fetch";
// It comes without types.
// @ts-expect-error
import S3rver from "s3rver";

/** What happens to a request: nothing, an answer of the store's own trouble, or a connection that breaks. */
export type S3Fault = "503" | "broken before" | "broken after" | undefined;

export interface ServedS3 {
  readonly endpoint: string;
  readonly bucket: string;
  /** Every request as `PUT partNumber`, `PUT`, `POST uploads`, …; with its key where that is not the object's. */
  readonly requests: string[];
  /** Told of each request by its number, from 0. */
  fault: (request: string, index: number) => S3Fault;
  readonly sdk: S3Client;
  readonly aws: AwsClient;
  get(key: string): Promise<Response>;
  /** Of uploads that were neither finished nor aborted. */
  openUploads(): number;
  close(): Promise<void>;
}

const bucket = "exports";
// What s3rver knows.
const credentials = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };
const FIVE_MIB = 5 * 1024 * 1024;

/** A real S3 server, behind a gate that adds what S3 refuses and s3rver does not, and that lets requests fail. */
export async function serveS3(): Promise<ServedS3> {
  const directory = await mkdtemp(join(tmpdir(), "exportkit-s3-"));
  const store = new S3rver({ directory, silent: true, configureBuckets: [{ name: bucket, configs: [] }] });
  await store.configureBuckets();
  const handle: RequestListener = store.callback();
  const folder = join(directory, bucket);
  const uploads = () => {
    const found = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return found.filter((path) => /uploads\/[0-9a-f]{32}$/.test(path)).map((path) => join(folder, path));
  };
  const requests: string[] = [];
  const gate = (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const [name = ""] = ["uploads", "partNumber", "uploadId"].filter((key) => searchParams.has(key));
    const rest = /\.rest-\d$/.exec(pathname)?.[0] ?? "";
    const line = [request.method, name, rest].filter(Boolean).join(" ");
    requests.push(line);
    const fault = served.fault(line, requests.length - 1);
    if (fault === "broken before") return request.socket.destroy();
    if (fault === "503") return answer(request, response, 503, "SlowDown");
    if (fault === "broken after") {
      // The store does it, and nobody hears of it.
      const { socket } = request;
      response.end = function end(this: ServerResponse) {
        socket.destroy();
        return this;
      } as ServerResponse["end"];
      response.write = (() => true) as ServerResponse["write"];
    }
    const uploadId = searchParams.get("uploadId");
    if (uploadId !== null) {
      const upload = uploads().find((path) => path.endsWith(uploadId));
      if (!upload) return answer(request, response, 404, "NoSuchUpload");
      if (request.method === "DELETE") {
        rmSync(upload, { recursive: true });
        response.writeHead(204).end();
        return;
      }
      const sizes = readdirSync(upload)
        .filter((part) => /^\d+$/.test(part))
        .sort((a, b) => Number(a) - Number(b))
        .map((part) => statSync(join(upload, part)).size);
      const isUneven = sizes.slice(0, -1).some((size) => size < FIVE_MIB || size !== sizes[0]);
      if (request.method === "POST" && isUneven) return answer(request, response, 400, "EntityTooSmall");
    }
    handle(request, response);
  };
  const server = createServer(gate);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const aws = new AwsClient({ ...credentials, service: "s3", region: "us-east-1", retries: 0 });
  const sdk = new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials,
    maxAttempts: 1,
  });
  const served: ServedS3 = {
    endpoint,
    bucket,
    requests,
    fault: () => undefined,
    sdk,
    aws,
    get: (key) => aws.fetch(`${endpoint}/${bucket}/${key}`),
    openUploads: () => (existsSync(folder) ? uploads().length : 0),
    async close() {
      sdk.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      store.logger?.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return served;
}

function answer(request: IncomingMessage, response: ServerResponse, status: number, code: string): void {
  request.resume();
  request.on("end", () => {
    response.writeHead(status, { "content-type": "application/xml" });
    response.end(`<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
  });
}
