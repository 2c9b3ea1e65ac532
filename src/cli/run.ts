import { createRequire } from "node:module";
import type { Clock } from "exportkit";
import { readCommand } from "./command.js";
import type { Command } from "./commands.js";
import type { Output } from "./output.js";
import type { Terminal } from "./progress.js";
import type { Environment } from "./vendors.js";
import type { Course } from "./work.js";

/** What the command line runs in. */
export interface Surroundings {
  readonly words: readonly string[];
  readonly environment: Environment;
  readonly stdin?: AsyncIterable<Uint8Array | string>;
  readonly stdout: Output;
  readonly stderr: Terminal;
  /** Aborted with an `Interruption` when the process is asked to end. */
  readonly signal: AbortSignal;
  /** What waits between two questions. Default: the machine's own. */
  readonly clock?: Clock;
  /** Called before anything is asked over the network; resolves with the exit code where that was done elsewhere. */
  readonly reachOut?: () => Promise<number | undefined>;
}

/** Does what the command line says; resolves with the exit code and never rejects. */
export async function run(surroundings: Surroundings): Promise<number> {
  const { words, stderr, signal } = surroundings;
  const course: Course = { started: false };
  try {
    return await obey(readCommand(words), surroundings, course);
  } catch (error) {
    const { describeFailure, failureText } = await import("./failure.js");
    const failure = describeFailure(error, {
      command: course.exporting,
      started: course.started,
      signal,
      words,
    });
    stderr.write(failureText(failure, words.includes("--json")));
    return failure.exitCode;
  }
}

// What one command needs is loaded by that command alone.
async function obey(command: Command, surroundings: Surroundings, course: Course): Promise<number> {
  const { environment, stdout, stderr, signal } = surroundings;
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
      const ended = await surroundings.reachOut?.();
      if (ended !== undefined) return ended;
      const { tap } = await import("./tap/tap.js");
      await tap(command.words, surroundings);
      return 0;
    }
    case "list": {
      const { knownExports } = await import("./known-exports.js");
      const known = await knownExports(environment);
      const { listText } = await import("./list-text.js");
      stdout.write(`${command.json ? JSON.stringify(known) : listText(known)}\n`);
      return 0;
    }
    default: {
      const ended = await surroundings.reachOut?.();
      if (ended !== undefined) return ended;
      const { examine, work } = await import("./work.js");
      return command.kind === "doctor" ? examine(command, surroundings) : work(command, surroundings, course);
    }
  }
}

function version(): string {
  const { version } = createRequire(import.meta.url)("exportkit/package.json") as {
    readonly version: string;
  };
  return version;
}
