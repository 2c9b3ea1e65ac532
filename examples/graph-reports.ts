// An adapter for Intune's reports at Microsoft Graph, written with `exportkit/provider` alone: a job, a signed URL that
// expires, and a ZIP archive with a CSV file in it. Run on an emulator: `npm run build && node examples/graph-reports.ts`.
//
// Facts it is built on: https://learn.microsoft.com/mem/intune/fundamentals/reports-export-graph-apis and the resource
// `deviceManagementExportJob`: `POST /deviceManagement/reports/exportJobs`, `GET …/exportJobs/{id}`; status is notStarted,
// inProgress, completed or failed; `url` is one of Azure's store, signed until `expirationDateTime`.
import { fileURLToPath } from "node:url";
import { createExportClient } from "exportkit";
import {
  clientCredentials,
  csv,
  ExportError,
  type ExportJob,
  fileDelivery,
  type Provider,
  type ProviderContext,
  secretForms,
  zip,
} from "exportkit/provider";
import * as z from "zod/mini";

export interface GraphReportsOptions {
  /** The directory's id or domain, such as `contoso.onmicrosoft.com`. */
  readonly tenant: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

const requestSchema = z.strictObject({
  /** Such as `Devices`, `DeviceCompliance`, `DetectedAppsRawData`. */
  reportName: z.string().check(z.minLength(1)),
  /** The columns. Microsoft advises to name them: the default ones change. */
  select: z.array(z.string()).check(z.minLength(1)),
  filter: z.optional(z.string()),
});
export type GraphReportRequest = z.infer<typeof requestSchema>;

/** A row of the report, by column. */
export type GraphReportRow = { readonly [column: string]: string };

interface JobAnswer {
  readonly id: string;
  readonly status: string;
  readonly url: string | null;
  readonly expirationDateTime?: string;
}

const GRAPH = "https://graph.microsoft.com";
const LOGIN = "https://login.microsoftonline.com";
const JOBS = `${GRAPH}/v1.0/deviceManagement/reports/exportJobs`;

export function graphReports(options: GraphReportsOptions): Provider<GraphReportRequest, GraphReportRow> {
  const { tenant, clientId, clientSecret } = options;
  async function askFor(context: ProviderContext, job: ExportJob): Promise<JobAnswer | undefined> {
    const url = `${JOBS}/${encodeURIComponent(job.id)}`;
    const { status, json } = await context.request({ method: "GET", url, accept: [404] });
    return status === 404 ? undefined : (json as JobAnswer);
  }

  return {
    spec: 1,
    name: "graph-reports",
    capabilities: { jobs: "asynchronous", progress: false, formats: ["zip"] },
    requestSchema,
    origins: [GRAPH],
    pace: { floorMs: 2_000, ceilingMs: 60_000 },
    secrets: () => secretForms(clientSecret),
    // The scope stands for all that the application was granted.
    authorize: clientCredentials({
      vendor: "Microsoft",
      tokenUrl: `${LOGIN}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`,
      clientId,
      clientSecret,
      parameters: { scope: `${GRAPH}/.default` },
    }),
    async start(context, request) {
      const { json } = await context.request({
        method: "POST",
        url: JOBS,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...request, format: "csv" }),
      });
      const { id, status } = json as JobAnswer;
      if (!id) throw context.invalidResponse("Graph started a job and did not name it");
      return { id, status: "pending", providerStatus: status };
    },
    async poll(context, job) {
      const answer = await askFor(context, job);
      if (!answer) {
        const message = "Graph does not know the job any more. Start a new export";
        return { status: "expired", failure: { code: "EXPORT_EXPIRED", message } };
      }
      const { status } = answer;
      if (status === "failed") {
        const message =
          "Intune says that the report failed, and not why: look at the names in reportName and select";
        return { status: "failed", providerStatus: status, failure: { code: "EXPORT_FAILED", message } };
      }
      if (status !== "completed") return { status: "running", providerStatus: status };
      return { status: "succeeded", providerStatus: status };
    },
    delivery: fileDelivery({
      async locate(context, job) {
        const answer = await askFor(context, job);
        if (!answer?.url)
          throw new ExportError(
            "EXPORT_EXPIRED",
            "Graph has no file for the job any more. Start a new export",
          );
        const expiresAt = answer.expirationDateTime ? new Date(answer.expirationDateTime) : undefined;
        return { url: answer.url, credentials: "none", expiresAt, contentType: "application/zip" };
      },
      // One member today; whatever else lies beside it some day is no part of the report.
      records: () => zip(csv(), { members: (name) => name.endsWith(".csv") }),
    }),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { client: credentials, graphEmulator, tenant } = await import("./emulators/graph-reports.ts");
  const emulator = graphEmulator(20_000);
  // The link expires while the archive is read; a fresh one is asked for.
  emulator.faults.add({ on: "artifact", after: 1, fault: { type: "expire" } });
  const client = createExportClient({
    providers: { devices: graphReports({ tenant, ...credentials }) },
    fetch: emulator.fetch as typeof fetch,
    onEvent: (event) => event.type === "refresh" && console.log("a fresh", event.what, "was asked for"),
  });
  const report = await client.runExport(
    "devices",
    { reportName: "Devices", select: ["DeviceId", "DeviceName", "OSVersion"] },
    { onProgress: ({ status, providerStatus }) => console.log(status, providerStatus) },
  );
  let count = 0;
  for await (const { DeviceName, OSVersion } of report) if (count++ < 3) console.log(DeviceName, OSVersion);
  console.log(count, "devices from", report.fileName);
}
