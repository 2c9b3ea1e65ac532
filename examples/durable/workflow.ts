// An export as a Cloudflare Workflow, into D1: while the vendor works the Workflow sleeps, and no Worker runs. POST starts the run
// of the name that the path says, once; GET tells how it stands. Both are for callers who know a key of yours.
import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";
import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { beginExport, type Engine, runDurably } from "exportkit/durable";
import { type D1, d1Sink } from "./d1-sink.ts";

interface Env {
  readonly AUTHGEAR_ENDPOINT: string;
  readonly AUTHGEAR_TOKEN: string;
  /** What callers must send as `Authorization: Bearer …`: an export is every user you have. */
  readonly CALLER_KEY: string;
  readonly DATABASE: D1;
  readonly EXPORTS: {
    create(options: { readonly id: string; readonly params: Params }): Promise<unknown>;
    get(id: string): Promise<{ status(): Promise<unknown> }>;
  };
}

interface Params {
  readonly run: string;
}

export class ExportWorkflow extends WorkflowEntrypoint<Env, Params> {
  override async run({ payload }: WorkflowEvent<Params>, step: WorkflowStep): Promise<number> {
    const { AUTHGEAR_ENDPOINT: endpoint, AUTHGEAR_TOKEN: token, DATABASE } = this.env;
    const client = createExportClient({ providers: { users: authgear({ endpoint, token }) } });
    const engine: Engine = {
      // What runDurably throws is not repeated; what the sink throws is.
      step: (name, run) =>
        step.do(
          name,
          { retries: { limit: 10, delay: "5 seconds", backoff: "exponential" }, timeout: "5 minutes" },
          run,
        ),
      sleepUntil: (name, at) => step.sleep(name, Math.max(1, at - Date.now())),
    };
    const sink = await d1Sink(DATABASE, payload.run);
    const state = beginExport("users", { format: "ndjson" });
    const { records } = await runDurably(engine, client, state, {
      sink,
      claimStart: sink.claimStart,
      sliceMs: 60_000,
      // What D1 takes as one value is 2 MB.
      batch: { size: 2_000, bytes: 1_000_000 },
    });
    return records;
  }
}

/** Cloudflare says `instance.not_found`, within words of its own. */
function isUnknown(error: unknown): boolean {
  return /not[._ ]?found/i.test(error instanceof Error ? `${error.name} ${error.message}` : "");
}

/** Compared as hashes, so that the time it takes tells nothing about the key. Without a key nobody is let in. */
async function isAllowed(request: Request, key: string): Promise<boolean> {
  const digest = async (text: string) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const [sent, expected] = await Promise.all([
    digest(request.headers.get("authorization") ?? ""),
    digest(`Bearer ${key}`),
  ]);
  return Boolean(key) && sent.every((byte, index) => byte === expected[index]);
}

export default {
  async fetch(request: Request, { CALLER_KEY, EXPORTS }: Env): Promise<Response> {
    if (!(await isAllowed(request, CALLER_KEY))) return new Response("not allowed", { status: 403 });
    const run = new URL(request.url).pathname.slice(1);
    if (request.method === "POST") {
      await EXPORTS.create({ id: run, params: { run } }).catch((error: unknown) =>
        // Somebody else's run of the same name is found, and not started again. Where there is none, something else failed.
        EXPORTS.get(run).catch(() => {
          throw error;
        }),
      );
    }
    const instance = await EXPORTS.get(run).catch((error: unknown) => {
      if (request.method === "GET" && isUnknown(error)) return undefined;
      throw error;
    });
    if (!instance) return new Response(`there is no run ${run}; POST starts it`, { status: 404 });
    return Response.json(await instance.status());
  },
};
