// The program that takes over: saves one export to a path whose holder is silent. Its only argument is a `ChildTask` as
// JSON. It is `saveExport` but for one thing: the looks for a sign of life follow each other without a second in between.
import { writeSync } from "node:fs";
import { createExportClient } from "exportkit";
import { type AuthgearOptions, authgear } from "exportkit/authgear";
import { acquireLease } from "../../../src/node/lease.js";
import { saveUnderLease } from "../../../src/node/save-export.js";
import { filesFor } from "../../../src/node/save-files.js";
import { resolveSaveOptions } from "../../../src/node/save-options.js";
import type { ChildTask } from "./save-child.js";

const { options, job, path, format } = JSON.parse(process.argv[2] ?? "") as ChildTask;
const client = createExportClient({
  providers: { [job.connection]: authgear(options as unknown as AuthgearOptions) },
});
const files = filesFor(path);
let looks = 0;
const lease = await acquireLease(files, undefined, async () => {
  looks += 1;
});
try {
  const settings = resolveSaveOptions(path, { format });
  const task = { client, job: client.parseJob(job), files, settings, lease, onDiscard: () => {} };
  const saved = await saveUnderLease(task);
  writeSync(1, `${JSON.stringify({ ...saved, looks })}\n`);
} finally {
  await lease.release();
}
