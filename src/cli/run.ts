import { createRequire } from "node:module";
import { readCommand } from "./command.js";
import type { Command } from "./commands.js";
import type { Invocation, RunRecord } from "./invocation.js";

/** Does what the command line says; resolves with the exit code and never rejects. */
export async function run(invocation: Invocation): Promise<number> {
  const { words, stderr, signal } = invocation;
  const record: RunRecord = { started: false };
  try {
    return await dispatch(readCommand(words), invocation, record);
  } catch (error) {
    const { describeFailure, failureText } = await import("./failure.js");
    const failure = describeFailure(error, {
      command: record.exporting,
      started: record.started,
      signal,
      words,
    });
    stderr.write(failureText(failure, words.includes("--json")));
    return failure.exitCode;
  }
}

// What one command needs is loaded by that command alone.
async function dispatch(command: Command, invocation: Invocation, record: RunRecord): Promise<number> {
  const { environment, stdout, stderr, signal } = invocation;
  switch (command.kind) {
    case "help":
      stdout.write((await import("./help.js")).helpText(command.topic));
      return 0;
    case "version": {
      const known = { exportkit: version(), node: process.versions.node, platform: process.platform };
      stdout.write(`${command.json ? JSON.stringify(known) : known.exportkit}\n`);
      return 0;
    }
    case "man":
      stdout.write((await import("./man.js")).manPage(version()));
      return 0;
    case "completion":
      stdout.write((await import("./completion.js")).completionScript(command.shell));
      return 0;
    case "emulate": {
      const { emulate } = await import("./emulate.js");
      await emulate(command, stdout, stderr, signal);
      return 0;
    }
    case "tap": {
      const ended = await invocation.reachOut?.();
      if (ended !== undefined) return ended;
      const { tap } = await import("./tap/tap.js");
      await tap(command.words, invocation);
      return 0;
    }
    case "list": {
      const { knownExports, listText } = await import("./known-exports.js");
      const known = await knownExports(environment);
      stdout.write(`${command.json ? JSON.stringify(known) : listText(known)}\n`);
      return 0;
    }
    default: {
      const ended = await invocation.reachOut?.();
      if (ended !== undefined) return ended;
      const { runDoctor, runVendorCommand } = await import("./vendor-commands.js");
      return command.kind === "doctor"
        ? runDoctor(command, invocation)
        : runVendorCommand(command, invocation, record);
    }
  }
}

function version(): string {
  const { version } = createRequire(import.meta.url)("exportkit/package.json") as {
    readonly version: string;
  };
  return version;
}
