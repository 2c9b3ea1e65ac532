import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import type { UploadState } from "exportkit/object-store";
import { createAuthgearEmulator, serveEmulator } from "exportkit/testing";
import { expect, it, onTestFinished } from "vitest";
import { bundleProgram } from "../node/bundle-program.js";
import { emptyFolder } from "../node/served-export.js";
import { collectBuffer } from "../support/collect.js";
import { serveS3 } from "./served-s3.js";
import type { UploadTask } from "./upload-child.js";

const token = "ready-made-token";
const partBytes = 5 * 1024 * 1024;

it("an upload whose process is killed at one request after the other ends as the same object", async () => {
  const emulator = createAuthgearEmulator({ tokens: [token], users: 20_000 });
  const vendor = await serveEmulator(emulator);
  onTestFinished(() => vendor.close());
  const s3 = await serveS3();
  onTestFinished(() => s3.close());
  const program = await bundleProgram("../object-store/upload-child.ts", ["@aws-sdk/client-s3"]);
  onTestFinished(() => program.remove());

  const client = createExportClient({
    providers: { users: authgear({ endpoint: emulator.endpoint, token }) },
  });
  const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
  const expected = await collectBuffer((await client.download(job)).encode("csv"));
  expect(expected.byteLength).toBeGreaterThan(partBytes);
  const task: UploadTask = {
    vendor: emulator.endpoint,
    token,
    job,
    s3: s3.endpoint,
    bucket: s3.bucket,
    key: "users.csv",
    partBytes,
    stateFile: join(await emptyFolder(), "state.json"),
  };

  let kills = 0;
  let output = "";
  for (let isDone = false; !isDone; ) {
    const child = spawn(process.execPath, [program.path, JSON.stringify(task)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let requests = 0;
    // The store does what it was asked, and nobody is there to hear of it.
    s3.fault = () => {
      requests += 1;
      if (requests > kills) child.kill("SIGKILL");
      return undefined;
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    const [code, signal] = await once(child, "close");
    if (signal === "SIGKILL") kills += 1;
    else expect(code).toBe(0);
    isDone = code === 0;
  }
  s3.fault = () => undefined;
  expect(kills).toBeGreaterThan(4);
  expect(Number(output)).toBe(expected.byteLength);
  expect(Buffer.from(await (await s3.get("users.csv")).arrayBuffer()).equals(expected)).toBe(true);
  for (const slot of [0, 1]) expect((await s3.get(`users.csv.rest-${slot}`)).status).toBe(404);
  const state: UploadState = JSON.parse(await readFile(task.stateFile, "utf8"));
  expect(state).toMatchObject({ phase: "complete", bytes: expected.byteLength });
}, 120_000);
