// What one user can access in Microsoft 365, row by row: without credentials, of an emulated tenant. You see the status of the
// report, and then each row with its sheet and line.
//
//   AVEPOINT_DATA_CENTER=us AVEPOINT_CLIENT_ID=… AVEPOINT_CLIENT_SECRET=… node examples/avepoint.ts ada@contoso.com
import { createExportClient, ExportError } from "exportkit";
import { type AvepointDataCenter, avepoint } from "exportkit/avepoint";
import { serveAvepoint } from "./demo/avepoint.ts";

const { AVEPOINT_DATA_CENTER = "us", AVEPOINT_CLIENT_ID = "", AVEPOINT_CLIENT_SECRET = "" } = process.env;
const [email = "ada@contoso.com"] = process.argv.slice(2);
await using emulated = AVEPOINT_CLIENT_SECRET ? undefined : await serveAvepoint(12, 1);

try {
  const client = createExportClient({
    providers: {
      access:
        emulated?.provider ??
        avepoint({
          dataCenter: AVEPOINT_DATA_CENTER as AvepointDataCenter,
          clientId: AVEPOINT_CLIENT_ID,
          clientSecret: AVEPOINT_CLIENT_SECRET,
          maxRunningJobs: 5,
          workbooks: { sheets: (name) => name !== "Summary" },
        }),
    },
  });
  const report = await client.runExport(
    "access",
    {
      report: "userAccess",
      email,
      dataSources: ["SharePoint Online", "Microsoft Teams"],
      exportOption: "summaryAndObjects",
    },
    { timeoutMs: 60 * 60_000, onProgress: ({ status }) => console.error(`the report is ${status}`) },
  );
  for await (const { sheet, row, values } of report) console.log(sheet, row, values);
} catch (error) {
  if (!ExportError.isInstance(error)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
