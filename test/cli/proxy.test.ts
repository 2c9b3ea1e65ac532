import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { createServer as createTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BundledProgram, bundleProgram } from "../node/bundle-program.js";
import { emptyFolder } from "../node/served-export.js";
import { listening } from "../support/listening.js";
import { cert, key } from "../support/localhost-certificate.js";
import { refusingPort } from "../support/refusing-port.js";
import { exportkit, servedZephr } from "./terminal.js";

let program: BundledProgram;
beforeAll(async () => {
  program = await bundleProgram("../../src/cli/main.ts");
});
afterAll(() => program.remove());

/** A Zephr that is reached by TLS, and a proxy that leads there. */
async function behindProxy() {
  const { environment, emulator } = await servedZephr(300);
  const { port } = new URL(environment.ZEPHR_BASE_URL);
  const folder = await emptyFolder();
  const direct = join(folder, "direct");
  await exportkit(["zephr", "--out", direct], environment);
  const reference = () => readFile(direct);
  const secured = await listening(
    createTls({ key, cert }, (socket) => {
      const inner = connect(Number(port), "127.0.0.1");
      socket.on("error", () => inner.destroy());
      inner.on("error", () => socket.destroy());
      socket.pipe(inner).pipe(socket);
    }),
  );
  emulator.relocate({ ...emulator.origins, api: `https://localhost:${secured}` });
  const asked: string[] = [];
  const proxy = createServer();
  proxy.on("connect", ({ url = "" }, socket) => {
    asked.push(url);
    const [host, behind] = url.split(":");
    const inner = connect(Number(behind), host, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(inner).pipe(socket);
    });
    socket.on("error", () => inner.destroy());
    inner.on("error", () => socket.destroy());
  });
  const proxyPort = await listening(proxy);
  await writeFile(join(folder, "ca.pem"), cert);
  const run = async (more: object) => {
    const words = ["zephr", "--out", join(folder, "users"), "--overwrite"];
    const child = spawn(process.execPath, [program.path, ...words], {
      env: {
        PATH: process.env.PATH,
        ...environment,
        ZEPHR_BASE_URL: `https://localhost:${secured}`,
        NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"),
        ...more,
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    const [code] = await once(child, "close");
    return { code, stderr, file: () => readFile(join(folder, "users")) };
  };
  return { run, asked, reference, secured, HTTPS_PROXY: `http://127.0.0.1:${proxyPort}` };
}

// As on a Node that cannot be told while it runs.
const OLDER = `--import=data:text/javascript,${encodeURIComponent(
  "import http from 'node:http'; import { syncBuiltinESMExports } from 'node:module'; delete http.setGlobalProxyFromEnv; syncBuiltinESMExports();",
)}`;

describe("HTTPS_PROXY", () => {
  it.each([
    ["told while it runs", {}],
    ["told when it starts", { NODE_OPTIONS: OLDER }],
  ])("is honoured, by a Node that is %s", async (_, options) => {
    const { run, asked, reference, secured, HTTPS_PROXY } = await behindProxy();
    const { code, stderr, file } = await run({ HTTPS_PROXY, ...options });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
    expect((await file()).equals(await reference())).toBe(true);
    expect(asked.length).toBeGreaterThan(0);
    expect(new Set(asked)).toEqual(new Set([`localhost:${secured}`]));
  });

  it("is honoured under its other name, and what NO_PROXY names goes without", async () => {
    const { run, asked, HTTPS_PROXY } = await behindProxy();
    expect(await run({ https_proxy: HTTPS_PROXY })).toMatchObject({ code: 0 });
    const before = asked.length;
    expect(before).toBeGreaterThan(0);
    expect(await run({ HTTPS_PROXY, NO_PROXY: "localhost" })).toMatchObject({ code: 0 });
    expect(asked).toHaveLength(before);
  });

  it("that nobody answers at is no reason to go without it", async () => {
    const { run } = await behindProxy();
    const { code, stderr } = await run({ HTTPS_PROXY: `http://127.0.0.1:${await refusingPort()}` });
    expect({ code, stderr }).toEqual({ code: 75, stderr: expect.stringContaining("NETWORK") });
  });
});
