import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";

/** What the parent wants: read so many records or chunks, say where that was, and die. */
export interface Task {
  readonly endpoint: string;
  readonly token: string;
  readonly format: "ndjson" | "csv";
  readonly mode: "records" | "bytes" | "ndjson" | "csv";
  readonly stop: number;
}

const { endpoint, token, format, mode, stop } = JSON.parse(process.argv[2] ?? "") as Task;
const client = createExportClient({ providers: { users: authgear({ endpoint, token }) } });
const job = await client.waitForExport(await client.startExport("users", { format }));
const download = await client.download(job);
const pieces: unknown[] = [];
const source: AsyncIterable<unknown> =
  mode === "records" ? download : mode === "bytes" ? download.bytes() : download.encode(mode);
for await (const piece of source) {
  pieces.push(piece instanceof Uint8Array ? Buffer.from(piece).toString("latin1") : piece);
  if (pieces.length < stop) continue;
  process.stdout.write(JSON.stringify({ job, checkpoint: download.checkpoint(), pieces }), () =>
    process.exit(),
  );
  // As good as a crash: nothing is closed, nothing more is read.
  await new Promise(() => {});
}
