import { EventEmitter } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { run } from "../../src/cli/run.js";
import { emptyFolder } from "../node/served-export.js";
import { exportkit } from "./terminal.js";

/** The variables that `emulate` printed, as a shell reads them. */
function variablesOf(printed: string): { [name: string]: string } {
  const lines = printed.trim().split("\n");
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = "", value = ""] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
      return [name, value.replace(/^'(.*)'$/, "$1")];
    }),
  );
}

/** Runs an emulator, and resolves once it has printed how to reach it. */
async function emulated(...words: readonly string[]) {
  const controller = new AbortController();
  const end = () => controller.abort({ exitCode: 130 });
  onTestFinished(end);
  let code: Promise<number> | undefined;
  const printed = await new Promise<string>((resolve) => {
    const write = (text: string | Uint8Array) => {
      resolve(String(text));
      return true;
    };
    code = run({
      words: ["emulate", ...words],
      environment: {},
      stdout: Object.assign(new EventEmitter(), { write }),
      stderr: { write() {} },
      signal: controller.signal,
    });
  });
  return { printed, environment: variablesOf(printed), end, code };
}

async function freePorts(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("exportkit emulate", () => {
  it.each([
    ["authgear", ["format=ndjson"]],
    ["avepoint", ["report=sitePermissions", `siteUrls:=["https://s.example"]`]],
    ["zephr", []],
  ])("%s serves what the command line exports, by the variables it prints", async (vendor, request) => {
    const out = join(await emptyFolder(), "file.ndjson");
    const { environment, end, code } = await emulated(vendor, "--records", "40");
    expect(Object.keys(environment).every((name) => name.startsWith(`${vendor.toUpperCase()}_`))).toBe(true);
    const exported = await exportkit([vendor, ...request, "--as", "ndjson", "--out", out], environment);
    expect(exported).toMatchObject({ code: 0 });
    const lines = (await readFile(out, "utf8")).trim().split("\n");
    expect(lines.length).toBeGreaterThanOrEqual(40);
    end();
    expect(await code).toBe(0);
  });

  it("takes the port it is given, and another door the one after it", async () => {
    const port = await freePorts();
    const { environment } = await emulated("avepoint", "--port", `${port}`);
    expect(environment).toMatchObject({
      AVEPOINT_BASE_URL: `http://127.0.0.1:${port}`,
      AVEPOINT_TOKEN_URL: `http://127.0.0.1:${port + 1}/connect/token`,
    });
  });

  it("says that a port is in use", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await exportkit(["emulate", "zephr", "--port", `${port}`]);
    expect(code).toBe(2);
    expect(stderr).toContain(`cannot listen on 127.0.0.1:${port} (EADDRINUSE); try another --port`);
  });

  it.each([
    [["emulate"], "name a vendor first"],
    [["emulate", "okta"], "is not a vendor"],
    [["emulate", "zephr", "--port", "x"], "--port must be a whole number"],
    [["emulate", "zephr", "since=24h"], "emulate takes a vendor and options"],
    [["zephr", "--port", "1", "--out", "x"], "--port goes together with emulate only"],
  ])("%j is refused", async (words, told) => {
    const { code, stderr } = await exportkit(words);
    expect(code).toBe(2);
    expect(stderr).toContain(told);
  });
});
