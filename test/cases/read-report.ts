import { createExportClient, ExportError, type ExportEvent } from "exportkit";
import { type AvepointOptions, avepoint, type SheetRow } from "exportkit/avepoint";
import type { RecordIssue } from "exportkit/provider";
import { createTestClock } from "exportkit/testing";

export interface ReportOptions {
  /** Whether the store answers ranges. Default `true`. */
  readonly ranges?: boolean;
  /** Default: no header. */
  readonly workbooks?: AvepointOptions["workbooks"];
}

/** What came out of reading a report. */
export interface Report {
  readonly rows: readonly SheetRow[];
  readonly issues: readonly RecordIssue[];
  /** What the logger was warned of, and the messages of the events that say so. */
  readonly warnings: readonly string[];
  readonly warningEvents: readonly string[];
  readonly error: ExportError | undefined;
}

/** Reads a file as AvePoint's report, through the public API; failures of the package are outcomes. */
export async function readReport(file: Uint8Array, options: ReportOptions = {}): Promise<Report> {
  const warnings: string[] = [];
  const events: ExportEvent[] = [];
  const client = createExportClient({
    providers: {
      access: avepoint({
        dataCenter: "us",
        token: "t",
        workbooks: options.workbooks ?? { headerRow: "none" },
      }),
    },
    clock: createTestClock(),
    fetch: async (input, init) => {
      const { url, headers } = new Request(input, { ...init, signal: null });
      if (url.endsWith("/exportfile"))
        return serve(file, options.ranges === false ? null : headers.get("range"));
      if (url.endsWith("/exportstatus")) return Response.json({ jobStatus: 2, status: 200, message: "" });
      return Response.json({ jobId: "1", status: 200, message: "" });
    },
    logger: { debug() {}, info() {}, error() {}, warn: (_fields, message) => warnings.push(message) },
    onEvent: (event) => events.push(event),
  });
  const rows: SheetRow[] = [];
  const issues: RecordIssue[] = [];
  let error: ExportError | undefined;
  try {
    const report = { report: "sitePermissions", siteUrls: ["https://s.example"] } as const;
    const download = await client.runExport("access", report);
    const onInvalid = (issue: RecordIssue) => void issues.push(issue);
    for await (const row of download.records({ onInvalid })) rows.push(row);
  } catch (thrown) {
    if (!ExportError.isInstance(thrown)) throw thrown;
    error = thrown;
  }
  const warningEvents = events.flatMap((event) => (event.type === "warning" ? [event.message] : []));
  return { rows, issues, warnings, warningEvents, error };
}

function serve(file: Uint8Array, range: string | null): Response {
  const headers = { "content-type": "application/zip", etag: '"v1"' };
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? [];
  if (from === undefined) {
    return new Response(file as BodyInit, { headers: { ...headers, "content-length": `${file.length}` } });
  }
  const piece = file.slice(Number(from), to ? Number(to) + 1 : file.length);
  const place = `bytes ${from}-${Number(from) + piece.length - 1}/${file.length}`;
  return new Response(piece, { status: 206, headers: { ...headers, "content-range": place } });
}

/** The cells of each row, by sheet and row number; empty ones at the end are never there. */
export function cellsOf(rows: readonly SheetRow[]): { readonly [sheet: string]: { [row: string]: unknown } } {
  const sheets: { [sheet: string]: { [row: string]: unknown } } = {};
  for (const { sheet, row, cells } of rows) sheets[sheet] = { ...sheets[sheet], [row]: cells };
  return sheets;
}
