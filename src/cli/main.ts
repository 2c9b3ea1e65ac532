#!/usr/bin/env node
import process from "node:process";
import type { Interruption } from "./failure.js";
import { run } from "./run.js";

const controller = new AbortController();
const SIGNALS = { SIGINT: 130, SIGTERM: 143 };
for (const [name, exitCode] of Object.entries(SIGNALS)) {
  // Once: who asks a second time does not want to wait.
  process.once(name, () => controller.abort({ exitCode } satisfies Interruption));
}
// A terminal that is gone, or a log that is full, is no reason to give up an export.
process.stderr.on("error", () => {});
process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
  if (code === "EPIPE") {
    // Who reads the output has had enough, as `head` has: the status is that of a program that SIGPIPE ended.
    process.stderr.write("exportkit: the reader of the standard output has closed it\n");
    process.exit(141);
  }
  process.stderr.write(`exportkit: cannot write: ${code ?? message}\n`);
  process.exit(1);
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
