import { EventEmitter } from "node:events";
import type { Clock } from "exportkit";
import {
  type AuthgearEmulator,
  type AuthgearEmulatorOptions,
  authgearExportBytes,
  createAuthgearEmulator,
  createZephrEmulator,
  serveEmulator,
} from "exportkit/testing";
import { onTestFinished } from "vitest";
import type { Output } from "../../src/cli/output.js";
import { run } from "../../src/cli/run.js";
import type { Environment } from "../../src/cli/vendors.js";
import { collectBuffer } from "../support/collect.js";

export const token = "ready-made-token";

/** What a command printed, and its exit code. */
export interface Finished {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs a command line in this process. */
export async function exportkit(
  words: readonly string[],
  environment: Environment = {},
  signal: AbortSignal = new AbortController().signal,
  isTTY = false,
): Promise<Finished> {
  const chunks: Buffer[] = [];
  let stderr = "";
  const write = (bytes: Uint8Array | string) => {
    chunks.push(Buffer.from(bytes));
    // As a slow pipe does: it asks to be waited for.
    setImmediate(() => stdout.emit("drain"));
    return false;
  };
  const stdout: Output = Object.assign(new EventEmitter(), { write });
  const code = await run({
    words,
    environment,
    stdout,
    stderr: {
      isTTY,
      write(text) {
        stderr += text;
      },
    },
    signal,
    clock: clockWithoutWaits(),
  });
  return { code, stdout: Buffer.concat(chunks), stderr };
}

/** The machine's clock, on which no wait takes time; each moves it on. */
function clockWithoutWaits(): Clock {
  let waited = 0;
  return {
    now: () => Date.now() + waited,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      waited += ms;
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    },
    setTimer(ms, callback) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
  };
}

/** An Authgear behind sockets, and the environment to reach it with. */
export async function servedAuthgear(options: AuthgearEmulatorOptions = {}) {
  const users = options.users ?? 300;
  const emulator = createAuthgearEmulator({ tokens: [token], ...options, users });
  const served = await serveEmulator(emulator);
  onTestFinished(() => served.close());
  const environment = { AUTHGEAR_ENDPOINT: served.endpoint, AUTHGEAR_TOKEN: token };
  const reference = () => collectBuffer(authgearExportBytes({ format: "ndjson", users }));
  const starts = () => emulator.requests.filter(({ operation }) => operation === "start").length;
  return { emulator, served, environment, reference, starts };
}

/** A Zephr behind sockets, and the environment to reach it with. */
export async function servedZephr(users: number) {
  const emulator = createZephrEmulator({ keys: { access: "secret" }, users });
  const served = await serveEmulator(emulator);
  onTestFinished(() => served.close());
  const environment = {
    ZEPHR_BASE_URL: served.endpoint,
    ZEPHR_ACCESS_KEY: "access",
    ZEPHR_SECRET_KEY: "secret",
  };
  return { emulator, environment };
}

/** Does something when a request comes in, before it is answered. */
export function onRequest(emulator: AuthgearEmulator, operation: string, act: () => void): void {
  emulator.faults.add({
    on: (request) => {
      if (request.operation === operation) act();
      return false;
    },
    fault: { type: "reset" },
  });
}

/** The signal of a person who presses Ctrl-C when such a request is under way. */
export function abortAt(emulator: AuthgearEmulator, operation: string): AbortSignal {
  const controller = new AbortController();
  onRequest(emulator, operation, () => controller.abort({ exitCode: 130 }));
  return controller.signal;
}
