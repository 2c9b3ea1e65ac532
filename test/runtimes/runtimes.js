// How each runtime runs the scenario. Every entry resolves with what the scenario returned.
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";

/**
 * Where `loadsOnly`, starts are not counted: another entry has the same transport.
 *
 * @param {{ app: string, tools: string, bundle: (format: "esm" | "iife") => Promise<string> }} place
 */
export function runtimes({ app, tools, bundle }) {
  const bin = (path) => join(tools, "node_modules", path);
  const entry = (config) => [join(app, "entry.js"), JSON.stringify(config)];
  const commonJs = (config) => [join(app, "entry.cjs"), JSON.stringify(config)];
  return [
    // The lowest that `engines` names: it can require no ES module.
    {
      name: "node 22.0",
      loadsOnly: true,
      run: (config) => last(run(bin("node22-lowest/bin/node"), entry(config), app)),
    },
    {
      name: "node 22.0, CommonJS",
      loadsOnly: true,
      run: (config) => last(run(bin("node22-lowest/bin/node"), commonJs(config), app)),
    },
    {
      name: "jest, CommonJS",
      loadsOnly: true,
      run: (config) => inJest(bin("jest/bin/jest.js"), join(app, "jest"), config),
    },
    { name: "node 22", run: (config) => last(run(bin("node22/bin/node"), entry(config), app)) },
    {
      name: "node 22, CommonJS",
      run: (config) => last(run(bin("node22/bin/node"), commonJs(config), app)),
    },
    { name: "node 24", run: (config) => last(run(process.execPath, entry(config), app)) },
    { name: "node 26", run: (config) => last(run(bin("node26/bin/node"), entry(config), app)) },
    { name: "bun", run: (config) => last(run(bin(".bin/bun"), entry(config), app)) },
    {
      name: "deno",
      run: (config) =>
        last(
          run(
            bin(".bin/deno"),
            [
              "run",
              "--allow-net",
              "--allow-read",
              "--allow-env",
              "--no-remote",
              "--node-modules-dir=manual",
              ...entry(config),
            ],
            app,
          ),
        ),
    },
    {
      name: "workerd",
      run: (config) => onWorkerd(bin(".bin/workerd"), app, bundle, { ask: (send) => posted(send, config) }),
      // It says "Network connection lost." of a refused port too, so nobody can know that the start never arrived.
      refusedAs: "START_OUTCOME_UNKNOWN",
      silentAs: "START_OUTCOME_UNKNOWN",
    },
    {
      name: "edge-runtime",
      silentAs: "START_OUTCOME_UNKNOWN",
      run: (config) => onEdgeRuntime(tools, bundle, config),
    },
  ];
}

/** In a project of Jest as it comes, without a configuration. */
async function inJest(jest, project, config) {
  const file = join(project, "config.json");
  await writeFile(file, JSON.stringify(config));
  await run(process.execPath, [jest, "--ci", "--colors=false"], project);
  return JSON.parse(await readFile(join(project, "result.json"), "utf8"));
}

/**
 * Serves a Worker while it is asked.
 *
 * @param {string} workerd
 * @param {string} app
 * @param {(format: "esm") => Promise<string>} bundle
 * @param {{ env?: Record<string, string>, ask: (send: (path: string, headers: object, body?: string) => Promise<Response>) => unknown }} use
 */
export async function onWorkerd(workerd, app, bundle, { env = {}, ask }) {
  await writeFile(join(app, "worker.js"), await bundle("esm"));
  const port = await freePort();
  const bindings = Object.entries(env).map(
    ([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)})`,
  );
  // No compatibility flag for Node: nothing of `node:` may be needed.
  await writeFile(
    join(app, "workerd.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (modules = [(name = "worker", esModule = embed "worker.js")], compatibilityDate = "2026-01-01", bindings = [${bindings.join(", ")}])),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`,
  );
  const server = run(workerd, ["serve", join(app, "workerd.capnp")], app);
  server.catch(() => {});
  try {
    return await ask((path, headers, body) => send(`http://127.0.0.1:${port}${path}`, headers, body));
  } finally {
    server.child.kill();
  }
}

async function posted(send, config) {
  const response = await send("/", {}, JSON.stringify(config));
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

/** workerd opens its socket some time after it was started. */
async function send(url, headers, body) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetch(url, { method: body === undefined ? "GET" : "POST", headers, body });
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function onEdgeRuntime(tools, bundle, config) {
  const { EdgeVM } = await import(join(tools, "node_modules/@edge-runtime/vm/dist/index.js"));
  const vm = new EdgeVM();
  vm.evaluate(await bundle("iife"));
  vm.evaluate(`globalThis.__run = async (config) => JSON.stringify(await tasks.run(JSON.parse(config)))`);
  return JSON.parse(await vm.context.__run(JSON.stringify(config)));
}

/** Runs a program to its end; rejects with what it wrote when it failed, or was ended after two minutes. */
export function run(command, args, cwd) {
  const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"], timeout: 120_000 });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) =>
      code === 0 ? resolve(out) : reject(new Error(`${command} ended with ${code ?? signal}\n${out}${err}`)),
    );
  });
  return Object.assign(ended, { child });
}

/** The JSON on the last line of the output. */
async function last(output) {
  return JSON.parse((await output).trim().split("\n").at(-1) ?? "");
}

/** A port of this machine on which nobody listens. */
export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
