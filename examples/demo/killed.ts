// A save whose process is killed twice in the middle, as by a deployment or for want of memory: the third one finishes the
// same file. This module is both: what kills, and (run by itself) what is killed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createExportClient, type ExportJob } from "exportkit";
import { type AuthgearOptions, authgear } from "exportkit/authgear";
import { saveExport } from "exportkit/node";

interface Task {
  readonly options: AuthgearOptions;
  readonly job: ExportJob;
  readonly path: string;
}

/** Saves an export in processes of its own, each killed after so many bytes; resolves with what they say. */
export async function saveKilled(task: Task, killAfter: readonly number[]): Promise<string> {
  for (const bytes of [...killAfter, Number.POSITIVE_INFINITY]) {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), JSON.stringify(task)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let last = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      last = text.trim().split("\n").at(-1) ?? "";
      if (Number(last) > bytes) child.kill("SIGKILL");
    });
    const [code] = await once(child, "close");
    if (code === 0) return last;
  }
  return "WRONG: it never came to its end";
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { options, job, path } = JSON.parse(process.argv[2] ?? "") as Task;
  const client = createExportClient({ providers: { users: authgear(options) } });
  const stored = client.parseJob(job, "users", { format: "ndjson" });
  const { sha256 } = await saveExport(client, stored, path, {
    format: "ndjson",
    onProgress: ({ bytesRead }) => console.log(bytesRead),
  });
  console.log(sha256);
}
