import type { SheetRow } from "../../provider/archives.js";
import type { Provider } from "../../provider/contract.js";
import { fileDelivery } from "../../provider/file-delivery.js";
import { loadPart, unpolluted } from "../../provider/values.js";

import { createAuthorize, secretsOf } from "./auth.js";
import { describeFailure } from "./failures.js";
import { locate, poll, start } from "./job.js";
import { type AvepointOptions, readOptions } from "./options.js";
import { records } from "./records.js";
import type { AvepointRequest } from "./reports.js";
import { requestSchema } from "./request.js";

export type { CellError, SheetCell, SheetRow, XlsxOptions } from "../../provider/archives.js";
export type { AvepointCertificate } from "./certificate.js";
export type { AvepointDataCenter } from "./data-centers.js";
export type {
  AvepointAddress,
  AvepointCertificateOptions,
  AvepointOptions,
  AvepointSecretOptions,
  AvepointTokenOptions,
  TokenSource,
} from "./options.js";
export type * from "./reports.js";

/** What `avepoint` returns. */
export interface AvepointProvider extends Provider<AvepointRequest<string>, SheetRow, AvepointRequest> {
  /** What the connection can do. */
  readonly capabilities: {
    readonly delivery: "file";
    readonly jobs: "asynchronous";
    readonly progress: false;
    readonly formats: readonly ["zip"];
  };
}

/**
 * AvePoint's Insights reports: a job at the Graph API, then a ZIP of XLSX workbooks, whose rows are the records.
 *
 * Sheets and columns are documented nowhere and promised nowhere. `encode("csv")` therefore takes its columns from the
 * first row: `_file`, `_sheet`, `_row`, then the headers of its sheet; what other sheets have beside these goes to
 * `_extra` as JSON. For one sheet, or for sheets alike, choose with `workbooks.sheets`; for columns of your own pass
 * `columns` to `encode`.
 *
 * @example
 * ```ts
 * const client = createExportClient({
 *   providers: {
 *     access: avepoint({
 *       dataCenter: "us",
 *       clientId,
 *       clientSecret,
 *       workbooks: { sheets: (name) => name !== "Summary" },
 *     }),
 *   },
 * });
 * const report = await client.runExport("access", {
 *   report: "userAccess",
 *   email: "ada@contoso.com",
 *   dataSources: ["SharePoint Online"],
 * });
 * for await (const { sheet, row, values } of report) console.log(sheet, row, values);
 * ```
 *
 * @throws `CONFIG_INVALID`, naming the option
 */
export function avepoint(given: AvepointOptions): AvepointProvider {
  const settings = readOptions(given);
  const { baseUrl, options } = settings;
  const authorize = createAuthorize(settings);
  const rows = records(options.workbooks);
  return {
    spec: 1,
    name: "avepoint",
    capabilities: { delivery: "file", jobs: "asynchronous", progress: false, formats: ["zip"] },
    requestSchema: unpolluted(requestSchema),
    // The token endpoint is not among them: what it needs goes in the body of the token request, and nothing else does.
    origins: [new URL(baseUrl).origin],
    // Reports take minutes; the vendor's samples ask every two.
    pace: { floorMs: 5_000, ceilingMs: 120_000, factor: 1.5 },
    secrets: () => secretsOf(options),
    authorize,
    describeFailure,
    maxRunningJobs: options.maxRunningJobs,
    start: (context, request) => start(context, baseUrl, request),
    poll: (context, job) => poll(context, baseUrl, job),
    delivery: fileDelivery({ locate: async (_context, job) => locate(baseUrl, job), records: () => rows }),
    recordSchema: async () => (await loadPart(import("./record-schema.js"))).recordSchema(),
  };
}
