// The engines under test: each runs a worker of examples/durable, and tells how its workflow ended.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Setup } from "../../examples/durable/setup.ts";
import type { ServedPostgres } from "../postgres/served-postgres.ts";

export interface EngineUnderTest {
  readonly name: string;
  /** Starts a worker; resolves once it is killed, so long after it set to work, or the workflow has ended. */
  run(
    setup: Setup,
    killAfterMs: number | undefined,
  ): Promise<{ readonly killed: boolean; readonly ended?: string }>;
  /** Kills the engine's server, and starts it again. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const worker = (name: string) => fileURLToPath(new URL(`../../examples/durable/${name}.ts`, import.meta.url));
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function start(name: string, setup: Setup, env: object = {}): ChildProcess {
  return spawn(process.execPath, [worker(name)], {
    env: { ...process.env, ...env, NODE_NO_WARNINGS: "1", EXPORT: JSON.stringify(setup) },
    stdio: ["ignore", "pipe", process.env.VERBOSE ? "inherit" : "ignore"],
  });
}

/** Kills a worker so long after it set to work, which a busy machine may take a while for; returns what cancels that. */
function killAtWork(child: ChildProcess, killAfterMs: number | undefined): () => void {
  let timer: NodeJS.Timeout | undefined;
  const arm = (text: Buffer | string) => {
    if (timer || killAfterMs === undefined || !String(text).includes("working")) return;
    timer = setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  };
  child.stdout?.on("data", arm);
  return () => clearTimeout(timer);
}

export const dbos = (postgres: ServedPostgres) => onPostgres("DBOS", "dbos", postgres);
export const pgBoss = (postgres: ServedPostgres) => onPostgres("pgboss", "pg-boss", postgres);

/** An engine whose worker says by itself how it ended. */
function onPostgres(name: string, file: string, postgres: ServedPostgres): EngineUnderTest {
  return {
    name,
    async run(setup, killAfterMs) {
      const child = start(file, setup);
      const stop = killAtWork(child, killAfterMs);
      let output = "";
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
      const [, signal] = await once(child, "close");
      stop();
      const ended = /^(?:done|failed) .*$/m.exec(output)?.[0];
      return { killed: signal === "SIGKILL", ...(ended && { ended }) };
    },
    restart: () => postgres.restart(),
    close: async () => {},
  };
}

/** Pinned here and not in package.json: its server is 200 MB. */
const SERVER = "@restatedev/restate-server@1.7.12";

export async function restate(): Promise<EngineUnderTest> {
  const tools = join(tmpdir(), "exportkit-restate-1.7.12");
  const bin = join(tools, "node_modules/.bin/restate-server");
  if (!existsSync(bin)) {
    mkdirSync(tools, { recursive: true });
    execFileSync("npm", ["install", "--prefix", tools, "--no-audit", "--no-fund", "--silent", SERVER]);
  }
  const data = mkdtempSync(join(tmpdir(), "exportkit-restate-data-"));
  const [ingress, admin, node, port] = [28_080, 29_070, 25_122, 29_080];
  let server: ChildProcess | undefined;
  const begin = async () => {
    server = spawn(bin, ["--node-name", "one"], {
      env: {
        ...process.env,
        RESTATE_BASE_DIR: data,
        RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
        RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
        RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
        RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
        DO_NOT_TRACK: "1",
      },
      stdio: ["ignore", process.env.VERBOSE ? "inherit" : "ignore", "ignore"],
      detached: true,
    });
    for (let tries = 0; ; tries++) {
      const isUp = await fetch(`http://127.0.0.1:${admin}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
      const takes = await fetch(`http://127.0.0.1:${ingress}/restate/health`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isUp && takes) return;
      if (tries > 150) throw new Error("the Restate server did not start");
      await wait(200);
    }
  };
  const end = async () => {
    if (!server?.pid) return;
    const ended = once(server, "exit");
    // The command is a script around the server.
    process.kill(-server.pid, "SIGKILL");
    await ended;
  };
  await begin();
  let isRegistered = false;
  return {
    name: "Restate",
    async run(setup, killAfterMs) {
      const child = start("restate", setup, { PORT: String(port), MAX_INTERVAL_MS: "500" });
      let isDead = false;
      const closed = once(child, "close").then(() => {
        isDead = true;
      });
      const stop = killAtWork(child, killAfterMs);
      await Promise.race([once(child.stdout as NonNullable<typeof child.stdout>, "data"), closed]);
      let ended: string | undefined;
      while (!isDead) {
        if (!isRegistered) {
          const body = JSON.stringify({ uri: `http://127.0.0.1:${port}`, use_http_11: false });
          const headers = { "content-type": "application/json" };
          const answer = await fetch(`http://127.0.0.1:${admin}/deployments`, {
            method: "POST",
            headers,
            body,
          }).catch(() => undefined);
          isRegistered = answer?.ok === true;
          await wait(100);
          continue;
        }
        const workflow = `http://127.0.0.1:${ingress}`;
        // Sent again and again: a workflow runs once for its key.
        await fetch(`${workflow}/export/${setup.run}/run/send`, { method: "POST" }).catch(() => undefined);
        const output = await fetch(`${workflow}/restate/workflow/export/${setup.run}/output`).catch(
          () => undefined,
        );
        if (output?.status === 200) ended = `done ${await output.text()}`;
        else if (output && output.status >= 500) ended = `failed ${await output.text()}`;
        if (ended !== undefined) break;
        await wait(50);
      }
      stop();
      const killed = isDead;
      child.kill("SIGKILL");
      await closed;
      return { killed, ...(ended !== undefined && { ended }) };
    },
    async restart() {
      await end();
      await begin();
    },
    async close() {
      await end();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
