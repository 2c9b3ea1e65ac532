import { createRequire } from "node:module";
import { readCommand } from "./command.js";
import type { Command } from "./commands.js";
import type { Course, Surroundings } from "./surroundings.js";

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
      const { knownExports, listText } = await import("./known-exports.js");
      const known = await knownExports(environment);
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
