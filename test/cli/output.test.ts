import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import { writeToOutput } from "../../src/cli/output.js";
import { rejection } from "../support/outcome.js";

it("stops waiting for a slow reader with the signal's own reason", async () => {
  const controller = new AbortController();
  const reason = { exitCode: 130 };
  const write = () => {
    queueMicrotask(() => controller.abort(reason));
    return false;
  };
  const output = Object.assign(new EventEmitter(), { write });
  const stream = new Blob(["text"]).stream();
  expect(await rejection(writeToOutput(stream, output, controller.signal))).toBe(reason);
});
