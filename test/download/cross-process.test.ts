import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { createAuthgearEmulator, type ServedEmulator, serveEmulator } from "exportkit/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connect, expectedBytes, token } from "../artifact/authgear-export.js";
import type { Task } from "./continuing-child.js";

const users = 300;
const emulator = createAuthgearEmulator({ users, tokens: [token], chunkBytes: 4_000 });
let served: ServedEmulator;
let folder: string;

// The child runs on plain Node, which cannot resolve the sources' imports: it gets one file of everything.
beforeAll(async () => {
  served = await serveEmulator(emulator);
  folder = await mkdtemp(join(tmpdir(), "exportkit-child-"));
  const { errors } = await build({
    entryPoints: [fileURLToPath(new URL("continuing-child.ts", import.meta.url))],
    outfile: join(folder, "child.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "silent",
  });
  expect(errors).toEqual([]);
});

afterAll(async () => {
  await served.close();
  await rm(folder, { recursive: true, force: true });
});

interface Interrupted {
  readonly job: unknown;
  readonly checkpoint: never;
  readonly pieces: readonly unknown[];
}

async function inAnotherProcess(task: Omit<Task, "endpoint" | "token">): Promise<Interrupted> {
  const argument = JSON.stringify({ endpoint: served.endpoint, token, ...task } satisfies Task);
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, "child.mjs"), argument], {
    maxBuffer: 64 * 1024 * 1024,
  });
  expect(stdout).not.toContain(token);
  return JSON.parse(stdout);
}

async function continued({ job, checkpoint }: Interrupted, mode: Task["mode"]): Promise<unknown[]> {
  const client = connect(served.endpoint, {});
  const download = await client.download(client.parseJob(job), { checkpoint });
  const pieces: unknown[] = [];
  if (mode === "records") for await (const record of download) pieces.push(record);
  else {
    const stream = mode === "bytes" ? download.bytes() : download.encode(mode);
    for await (const chunk of stream) pieces.push(Buffer.from(chunk).toString("latin1"));
  }
  return pieces;
}

async function uninterrupted(format: Task["format"], mode: Task["mode"]): Promise<unknown[]> {
  const client = connect(served.endpoint, {});
  const job = await client.waitForExport(await client.startExport("users", { format }));
  return continued({ job, checkpoint: undefined as never, pieces: [] }, mode);
}

it.each(["ndjson", "csv"] as const)(
  "%s records begun in one process and ended in another",
  async (format) => {
    const first = await inAnotherProcess({ format, mode: "records", stop: 117 });
    expect(first.pieces).toHaveLength(117);
    const rest = await continued(first, "records");
    const records = [...first.pieces, ...rest] as { readonly sub: string }[];
    expect(records).toHaveLength(users);
    expect(new Set(records.map(({ sub }) => sub)).size).toBe(users);
    expect(records).toEqual(await uninterrupted(format, "records"));
  },
);

it("bytes begun in one process and ended in another", async () => {
  const first = await inAnotherProcess({ format: "csv", mode: "bytes", stop: 1 });
  const rest = await continued(first, "bytes");
  expect(rest.length).toBeGreaterThan(0);
  const text = [...first.pieces, ...rest].join("");
  expect(Buffer.from(text, "latin1")).toEqual(Buffer.from(await expectedBytes(emulator, { users })));
});

it.each(["ndjson", "csv"] as const)("encode(%s) begun in one process and ended in another", async (mode) => {
  const first = await inAnotherProcess({ format: "ndjson", mode, stop: 1 });
  const rest = await continued(first, mode);
  expect(rest.length).toBeGreaterThan(0);
  const text = [...first.pieces, ...rest].join("");
  expect(text).toBe((await uninterrupted("ndjson", mode)).join(""));
});
