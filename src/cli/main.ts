#!/usr/bin/env node
import process from "node:process";
import { type Interruption, run } from "./run.js";

const controller = new AbortController();
const SIGNALS = { SIGINT: 130, SIGTERM: 143 };
for (const [name, exitCode] of Object.entries(SIGNALS)) {
  // Once: who asks a second time does not want to wait.
  process.once(name, () => controller.abort({ exitCode } satisfies Interruption));
}
// Who reads the output may have had enough, as `head` has.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

process.exitCode = await run({
  words: process.argv.slice(2),
  environment: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: controller.signal,
});
