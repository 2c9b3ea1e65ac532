// An edge developer: the Worker of the examples, with nothing changed, out of which comes a CSV file.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { check, type Project, withAuthgear } from "./project.ts";

const USERS = 2_000;

export async function csvOutOfAWorker(project: Project): Promise<number> {
  const source = await readFile(join(project.folder, "node_modules/exportkit/examples/worker.ts"), "utf8");
  const lines = await project.write("worker.ts", source);
  await servesCsv(project, "worker.ts");
  return lines;
}

export async function csvOutOfAWorkerBefore(project: Project): Promise<number> {
  const lines = await project.bring("worker.js");
  await servesCsv(project, "before/worker.js");
  return lines;
}

async function servesCsv(project: Project, worker: string): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [join(project.folder, worker)],
    bundle: true,
    write: false,
    format: "esm",
    conditions: ["workerd", "worker"],
    logLevel: "error",
  });
  await withAuthgear(project, USERS, async (variables) => {
    const miniflare = new Miniflare({
      modules: true,
      script: outputFiles[0]?.text ?? "",
      compatibilityDate: "2026-07-01",
      // Else Miniflare asks Cloudflare for it.
      cf: false,
      bindings: { ...variables, CALLER_KEY: "a-key" },
    });
    try {
      const headers = { authorization: "Bearer a-key" };
      const ask = (query: string) => miniflare.dispatchFetch(`https://worker.example/${query}`, { headers });
      let response = await ask("");
      while (response.headers.get("content-type")?.includes("json")) {
        const text = await response.text();
        check(response.status === 200, text);
        await new Promise((resolve) => setTimeout(resolve, 100));
        response = await ask(`?job=${encodeURIComponent(text)}`);
      }
      check(response.status === 200, `${response.status}`);
      check(response.headers.get("content-type")?.startsWith("text/csv") === true, "it is CSV");
      const subs = new Set((await response.text()).match(/^[0-9a-f]{8}-[0-9a-f-]{27}(?=,)/gm));
      check(subs.size >= USERS - 10, `${subs.size} of ${USERS} users`);
    } finally {
      await miniflare.dispose();
    }
  });
}
