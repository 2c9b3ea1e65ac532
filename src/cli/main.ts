#!/usr/bin/env node
import process from "node:process";
import type { Interruption } from "./failure.js";
import { run } from "./run.js";

const controller = new AbortController();
const SIGNALS = { SIGINT: 130, SIGTERM: 143 };
for (const [name, exitCode] of Object.entries(SIGNALS)) {
  // Once: a second signal means not to wait.
  process.once(name, () => controller.abort({ exitCode } satisfies Interruption));
}
// A terminal that is gone, or a log that is full, is no reason to give up an export.
process.stderr.on("error", () => {});
process.stdout.on("error", ({ code = "FAILED", message }: NodeJS.ErrnoException) => {
  // The reader closed the pipe, as `head` does: the status is that of a program that SIGPIPE ended.
  const isClosed = code === "EPIPE";
  const told = isClosed
    ? "the reader of the standard output has closed it"
    : `cannot write: ${code === "FAILED" ? message : code}`;
  const isJson = process.argv.includes("--json");
  process.stderr.write(`${isJson ? JSON.stringify({ code, message: told }) : `exportkit: ${told}`}\n`);
  process.exit(isClosed ? 141 : 1);
});

process.exitCode = await run({
  words: process.argv.slice(2),
  environment: process.env,
  // Not opened by commands that read nothing.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  signal: controller.signal,
  reachOut: async () => (await import("./proxy.js")).throughProxy(process.env),
});
