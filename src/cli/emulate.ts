import { once } from "node:events";
import {
  createAuthgearEmulator,
  createAvepointEmulator,
  createZephrEmulator,
  type Emulator,
  generateAuthgearKeys,
  type ServedEmulator,
  serveEmulator,
} from "exportkit/testing";
import type { EmulateCommand } from "./commands.js";
import type { Output } from "./output.js";
import type { Terminal } from "./progress.js";
import { UsageError } from "./usage-error.js";
import type { VendorName } from "./vendors.js";

/** An emulator that is not served yet, and the variables by which the command line reaches it when it is. */
interface Emulated {
  readonly emulator: Emulator;
  variables(served: ServedEmulator): { readonly [name: string]: string };
}

const emulators: { readonly [V in VendorName]: (records: number) => Emulated | Promise<Emulated> } = {
  async authgear(users) {
    const { keyId, publicKey, privateKey } = await generateAuthgearKeys();
    return {
      emulator: createAuthgearEmulator({ keys: { [keyId]: publicKey }, users, pendingPolls: 1 }),
      variables: ({ endpoint }) => ({
        AUTHGEAR_ENDPOINT: endpoint,
        AUTHGEAR_PROJECT_ID: "myapp",
        AUTHGEAR_KEY_ID: keyId,
        // As environment files and shells can carry it.
        AUTHGEAR_PRIVATE_KEY: privateKey.trim().replaceAll("\n", "\\n"),
      }),
    };
  },
  avepoint(rows) {
    const client = { clientId: "emulated-client", clientSecret: crypto.randomUUID() };
    return {
      emulator: createAvepointEmulator({ clients: [client], rows }),
      variables: ({ endpoint, origins }) => ({
        AVEPOINT_BASE_URL: endpoint,
        AVEPOINT_TOKEN_URL: `${origins.identity}/connect/token`,
        AVEPOINT_CLIENT_ID: client.clientId,
        AVEPOINT_CLIENT_SECRET: client.clientSecret,
      }),
    };
  },
  zephr(users) {
    const secretKey = crypto.randomUUID();
    return {
      emulator: createZephrEmulator({ keys: { "emulated-key": secretKey }, users }),
      variables: ({ endpoint }) => ({
        ZEPHR_BASE_URL: endpoint,
        ZEPHR_ACCESS_KEY: "emulated-key",
        ZEPHR_SECRET_KEY: secretKey,
      }),
    };
  },
};

/**
 * Serves a vendor's emulator until the process is asked to end, for trying the command line without an account and for
 * tests in other languages: prints the variables to set, one a line, and then nothing more on the standard output.
 */
export async function emulate(
  { vendor, port, host, records }: EmulateCommand,
  stdout: Output,
  stderr: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const { emulator, variables } = await emulators[vendor](records);
  const served = await serveEmulator(emulator, { port, host }).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      `cannot listen on ${host}:${port} (${error.code ?? error.message}); try another --port`,
    );
  });
  try {
    const lines = Object.entries(variables(served)).map(([name, value]) => `${name}=${quoted(value)}\n`);
    stdout.write(lines.join(""));
    // A request for today's changes would get none.
    const since = vendor === "zephr" ? ", updated from 2024-01-01 on" : "";
    stderr.write(`${vendor} with ${records} records${since} at ${served.endpoint}; Ctrl-C ends it\n`);
    if (!signal.aborted) await once(signal, "abort");
  } finally {
    await served.close();
  }
}

/** The value as shells and environment files take it. */
function quoted(value: string): string {
  return /^[\w./:@+=-]*$/.test(value) ? value : `'${value}'`;
}
