import { type ExportClient, ExportError, type ExportJob } from "exportkit";
import type { TestClock } from "exportkit/testing";
import fc from "../support/fast-check.js";

/** How the result of an export is read. */
export interface Reading {
  readonly as: "records" | "encode ndjson" | "encode csv" | "bytes" | "response";
  readonly onInvalid: "throw" | "skip";
  /** Breaks off after so many records or chunks. */
  readonly most: number;
}

export const readings: fc.Arbitrary<Reading> = fc.record({
  as: fc.constantFrom("records", "records", "encode ndjson", "encode csv", "bytes", "response"),
  onInvalid: fc.constantFrom("throw", "skip"),
  most: fc.constantFrom(1, 3, 1_000_000),
});

export const everything: Reading = { as: "records", onInvalid: "skip", most: Number.POSITIVE_INFINITY };

/** A download as far as this reads it, whatever its records. */
interface AnyDownload extends AsyncDisposable {
  records(options: { readonly onInvalid: "throw" | "skip" }): AsyncIterable<unknown>;
  encode(
    format: "ndjson" | "csv",
    options: { readonly onInvalid: "throw" | "skip" },
  ): ReadableStream<Uint8Array>;
  bytes(): ReadableStream<Uint8Array>;
  toResponse(): Response;
  checkpoint(): unknown;
}

/** Reads a download in one of its ways, to the end or not; tells how many records or chunks came. */
export async function readDownload(download: AnyDownload, reading: Reading): Promise<number> {
  await using closing = download;
  let count = 0;
  for await (const _ of itemsOf(closing, reading)) {
    count += 1;
    if (count >= reading.most) break;
  }
  // Not written as text: what a hostile checkpoint brought along may be nested too deep for that.
  download.checkpoint();
  return count;
}

function itemsOf(download: AnyDownload, { as, onInvalid }: Reading): AsyncIterable<unknown> {
  if (as === "encode ndjson") return download.encode("ndjson", { onInvalid });
  if (as === "encode csv") return download.encode("csv", { onInvalid });
  if (as === "bytes") return download.bytes();
  if (as === "records") return download.records({ onInvalid });
  const { body } = download.toResponse();
  return body ?? new ReadableStream();
}

// biome-ignore lint/suspicious/noExplicitAny: the client of any vendor
type AnyClient = ExportClient<any>;

/**
 * A whole export, the job stored and taken up on the way as a caller would. Resolves with the number of records or chunks
 * that came; a job that the vendor let fail is an `ExportError` like others.
 */
export async function runExport(
  client: AnyClient,
  connection: string,
  request: unknown,
  reading: Reading,
  clock: TestClock,
): Promise<number> {
  const started = await client.startExport(connection, request as never);
  checkJob(started);
  const polled = await client.pollExport(stored(client, started)).catch((error: unknown) => {
    if (ExportError.isInstance(error)) return started;
    throw error;
  });
  checkJob(polled);
  const done = await client.waitForExport(stored(client, polled), { timeoutMs: 60 * 60 * 1000 });
  checkJob(done);
  const download = (await client.download(stored(client, done))) as unknown as AnyDownload;
  const count = await readDownload(download, reading);
  // Time passes between two exports of one client, and what it learned about the clock is used again.
  clock.advance(1_000);
  const again = (await client.download(done)) as unknown as AnyDownload;
  await readDownload(again, reading);
  return count;
}

function stored(client: AnyClient, job: unknown): never {
  return client.parseJob(JSON.parse(JSON.stringify(job))) as never;
}

function checkJob(job: ExportJob): void {
  const times = [job.createdAt, job.updatedAt, job.finishedAt, job.expiresAt].filter(
    (time) => time !== undefined,
  );
  if (times.some((time) => Number.isNaN(Date.parse(time))))
    throw new Error(`a wrong time in ${JSON.stringify(times)}`);
  if (!(job.retryAfterMs >= 0)) throw new Error(`a wrong wait: ${job.retryAfterMs}`);
}
