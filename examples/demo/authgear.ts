// Authgear on the emulator: the connection breaks in the middle of the file, and the URL has ended when it is asked again.
import { authgear } from "exportkit/authgear";
import { createAuthgearEmulator, generateAuthgearKeys, serveEmulator } from "exportkit/testing";

export async function serveAuthgear(users: number) {
  const { keyId, publicKey, privateKey } = await generateAuthgearKeys();
  const emulator = createAuthgearEmulator({ keys: { [keyId]: publicKey }, users, pendingPolls: 2 });
  const server = await serveEmulator(emulator);
  const options = { endpoint: server.endpoint, projectId: "myapp", keyId, privateKey };
  return {
    options,
    provider: authgear(options),
    breakConnection: () => {
      emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 2_000_000 } });
      emulator.faults.add({ on: "artifact", fault: { type: "expire" } });
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}
