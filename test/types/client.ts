import {
  type Checkpoint,
  createExportClient,
  ExportError,
  type ExportErrorCode,
  type ExportEvent,
  type ExportJob,
  type JobOf,
  type RecordOf,
} from "exportkit";
import { type AuthgearUser, authgear } from "exportkit/authgear";
import { ndjson, type Provider } from "exportkit/provider";
import { expectTypeOf } from "vitest";

// Checked by the compiler and never run: what must not compile stands under an expected error.

interface Row {
  readonly n: number;
}
interface RowRequest {
  readonly since?: Date | string | undefined;
  readonly nested?: { readonly list: readonly Date[] } | undefined;
}

declare const rows: Provider<{ since?: string }, Row, RowRequest> & {
  readonly capabilities: { readonly delivery: "pages"; readonly jobs: "immediate" };
};
declare const anything: Provider;

const users = authgear({ endpoint: "https://myapp.authgearapps.com", token: "t" });
const providers = { users, staff: users, rows, anything };
const client = createExportClient({ providers });

export async function severalConnections(): Promise<void> {
  const staff = await client.runExport("staff", { format: "ndjson" });
  expectTypeOf(staff).toExtend<AsyncIterable<AuthgearUser>>();
  const table = await client.runExport("rows", { since: new Date() });
  for await (const row of table) expectTypeOf(row).toEqualTypeOf<Row>();

  // @ts-expect-error another connection's request
  await client.startExport("rows", { format: "ndjson" });
  // @ts-expect-error another connection's request
  await client.startExport("users", { since: new Date() });
  // @ts-expect-error no such field, however deep
  await client.startExport("rows", { nested: { list: [], limit: 5 } });
  // @ts-expect-error no such connection
  await client.runExport("nobody", { format: "ndjson" });
  // @ts-expect-error no such connection
  client.capabilities("nobody");
}

export async function providersOfOthers(): Promise<void> {
  // One that does not say what it takes takes anything.
  const job = await client.startExport("anything", { whatever: ["is", { meant: true }] });
  expectTypeOf(job.connection).toEqualTypeOf<"anything">();
  for await (const record of await client.download(job)) expectTypeOf(record).toEqualTypeOf<unknown>();
  expectTypeOf(ndjson<Row>().decode).toBeFunction();
}

export async function jobs(stored: unknown, loose: ExportJob): Promise<void> {
  const started = await client.startExport("rows", { since: new Date(), nested: { list: [new Date()] } });
  expectTypeOf(started.connection).toEqualTypeOf<"rows">();
  // A job is JSON: a Date has become its string.
  expectTypeOf(started.request.since).toEqualTypeOf<string>();
  expectTypeOf(started.request.nested.list[0]).toEqualTypeOf<string>();
  expectTypeOf(await client.pollExport(started)).toEqualTypeOf(started);
  expectTypeOf(await client.waitForExport(started)).toEqualTypeOf(started);
  expectTypeOf<RecordOf<typeof providers, typeof started>>().toEqualTypeOf<Row>();
  for await (const row of await client.download(started)) expectTypeOf(row).toEqualTypeOf<Row>();

  // As JSON.parse gives it: any job of the client.
  const only = createExportClient({ providers: { rows } });
  for await (const row of await only.download(JSON.parse("{}"))) expectTypeOf(row).toEqualTypeOf<Row>();

  // @ts-expect-error a job is read only
  started.status = "succeeded";
  // @ts-expect-error what is stored must be checked first
  await client.pollExport(stored);
  // @ts-expect-error a job of any connection may be one of another client
  await client.waitForExport(loose);
  // @ts-expect-error a job of another connection
  await client.download({ ...started, connection: "nobody" });

  const parsed = client.parseJob(stored);
  expectTypeOf(parsed).toEqualTypeOf<JobOf<typeof providers>>();
  expectTypeOf(parsed.connection).toEqualTypeOf<"users" | "staff" | "rows" | "anything">();
  await client.waitForExport(await client.pollExport(parsed));
  if (parsed.connection === "rows") {
    for await (const row of await client.download(parsed)) expectTypeOf(row).toEqualTypeOf<Row>();
  }
  if (parsed.connection === "users") {
    expectTypeOf(parsed.request.format).toEqualTypeOf<"ndjson" | "csv">();
  }
}

export function capabilities(): void {
  expectTypeOf(client.capabilities("users").delivery).toEqualTypeOf<"file">();
  expectTypeOf(client.capabilities("users").jobs).toEqualTypeOf<"asynchronous">();
  expectTypeOf(client.capabilities("users").progress).toEqualTypeOf<false>();
  expectTypeOf(client.capabilities("users").formats).toEqualTypeOf<readonly ["ndjson", "csv"]>();
  expectTypeOf(client.capabilities("rows").delivery).toEqualTypeOf<"pages">();
  expectTypeOf(client.capabilities("anything").delivery).toEqualTypeOf<"file" | "pages">();
}

export async function callOptions(checkpoint: Checkpoint): Promise<void> {
  const { signal } = new AbortController();
  const job = await client.startExport("users", { format: "ndjson" }, { signal });
  await client.pollExport(job, { signal: undefined });
  await client.waitForExport(job, { signal, timeoutMs: 5, onProgress: ({ status }) => status });
  await client.download(job, { signal, checkpoint, onProgress: ({ records }) => records });
  await client.runExport(
    "users",
    { format: "ndjson" },
    { timeoutMs: 5, onDownloadProgress: ({ bytes }) => bytes },
  );

  // @ts-expect-error a start does not wait
  await client.startExport("users", { format: "ndjson" }, { timeoutMs: 5 });
  // @ts-expect-error no such option
  await client.waitForExport(job, { timeout: 5 });
  // @ts-expect-error milliseconds are a number
  await client.waitForExport(job, { timeoutMs: "5s" });
  // @ts-expect-error a checkpoint is what checkpoint() gives
  await client.download(job, { checkpoint: "there" });
}

export function clientOptions(): void {
  createExportClient({
    providers: { users },
    fetch,
    logger: console,
    onEvent: (event) => expectTypeOf(event).toEqualTypeOf<ExportEvent>(),
    retry: { retries: 5, minDelayMs: 1, maxDelayMs: 2, maxRetryAfterMs: 3, maxElapsedMs: 4 },
    timeouts: { requestMs: 1, stallMs: 1 },
    maxBufferedBytes: 1,
    prefetchPages: 1,
  });

  // @ts-expect-error providers are missing
  createExportClient({ fetch });
  // @ts-expect-error no provider
  createExportClient({ providers: { users: "authgear" } });
  // @ts-expect-error the provider is not made yet
  createExportClient({ providers: { users: authgear } });
  // @ts-expect-error no such option
  createExportClient({ providers: { users }, retries: 3 });
  // @ts-expect-error no such option
  createExportClient({ providers: { users }, retry: { attempts: 3 } });
}

export function events(event: ExportEvent): void {
  if (event.type === "poll") expectTypeOf(event.retryAfterMs).toEqualTypeOf<number>();
  if (event.type === "request") expectTypeOf(event.status).toEqualTypeOf<number | undefined>();
  // @ts-expect-error not every event has one
  event.offset;
}

export function errors(error: unknown): void {
  if (!ExportError.isInstance(error)) return;
  expectTypeOf(error.code).toEqualTypeOf<ExportErrorCode>();
  expectTypeOf(error.retryAt).toEqualTypeOf<Date | undefined>();
  expectTypeOf(error.job).toEqualTypeOf<ExportJob | undefined>();
  // @ts-expect-error no such code
  if (error.code === "OOPS") return;
  // @ts-expect-error an error is read only
  error.code = "NETWORK";
}
