// A headless Chromium, spoken to by its own protocol over the WebSocket that Node brings.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/** The browser that `CHROMIUM` names, or the first one that is installed. */
function findBrowser() {
  const names = process.env.CHROMIUM ? [process.env.CHROMIUM] : NAMES;
  const found = names.find((name) => spawnSync(name, ["--version"]).status === 0);
  if (found) return found;
  throw new Error(
    `no browser: install one (apt-get install chromium), or name it by CHROMIUM; tried ${names.join(", ")}`,
  );
}

/** Starts the browser; resolves with one page of it. */
export async function openPage() {
  const profile = mkdtempSync(join(tmpdir(), "exportkit-browser-"));
  const args = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--remote-debugging-port=0",
    `--user-data-dir=${profile}`,
    "about:blank",
  ];
  const child = spawn(findBrowser(), args, { stdio: ["ignore", "ignore", "pipe"] });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const address = await new Promise((resolve, reject) => {
    let said = "";
    child.stderr.on("data", (chunk) => {
      said += chunk;
      const [, found] = /DevTools listening on (ws:\S+)/.exec(said) ?? [];
      if (found) resolve(found);
    });
    child.once("exit", () => reject(new Error(`the browser ended\n${said}`)));
  });
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error("the browser does not answer"));
  });
  const pending = new Map();
  const listeners = new Set();
  let count = 0;
  socket.onmessage = ({ data }) => {
    const { id, result, error, method, params } = JSON.parse(data);
    if (id === undefined) {
      for (const listener of listeners) listener(method, params);
      return;
    }
    const { resolve, reject } = pending.get(id);
    pending.delete(id);
    if (error) reject(new Error(error.message));
    else resolve(result);
  };
  const call = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      count += 1;
      pending.set(count, { resolve, reject });
      socket.send(JSON.stringify({ id: count, method, params, sessionId }));
    });

  const { targetId } = await call("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
  const send = (method, params) => call(method, params, sessionId);
  const problems = [];
  listeners.add((method, params) => {
    const problem = problemIn(method, params);
    if (problem) problems.push(problem);
  });
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await send(`${domain}.enable`);

  return {
    /** What went wrong in the page so far. */
    problems,
    send,
    async open(url) {
      const loaded = new Promise((resolve) => {
        const listener = (method) => {
          if (method !== "Page.loadEventFired") return;
          listeners.delete(listener);
          resolve();
        };
        listeners.add(listener);
      });
      const { errorText } = await send("Page.navigate", { url });
      if (errorText) throw new Error(`${url}: ${errorText}`);
      await loaded;
    },
    async evaluate(expression) {
      const { result, exceptionDetails } = await send("Runtime.evaluate", {
        expression,
        awaitPromise: true,
        returnByValue: true,
      });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },
    async close() {
      socket.close();
      child.kill("SIGKILL");
      await exited;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function problemIn(method, params) {
  if (method === "Runtime.exceptionThrown")
    return `exception: ${params.exceptionDetails.exception?.description ?? params.exceptionDetails.text}`;
  if (method === "Runtime.consoleAPICalled" && ["error", "assert"].includes(params.type))
    return `console: ${params.args.map(({ value, description }) => value ?? description).join(" ")}`;
  if (method === "Log.entryAdded" && params.entry.level === "error")
    return `log: ${params.entry.text} ${params.entry.url ?? ""}`;
  if (method === "Network.responseReceived" && params.response.status >= 400)
    return `HTTP ${params.response.status}: ${params.response.url}`;
  return undefined;
}
