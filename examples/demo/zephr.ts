// Zephr on the emulator: pages of users, while new users register; one page fails and one asks to slow down.
import { createZephrEmulator, serveEmulator } from "exportkit/testing";
import { zephr } from "exportkit/zephr";

export async function serveZephr(users: number) {
  const secretKey = "demo-secret-key";
  const emulator = createZephrEmulator({
    keys: { "demo-access-key": secretKey },
    users,
    addedPerPage: 3,
    latencyMs: 20,
  });
  const server = await serveEmulator(emulator);
  return {
    provider: zephr({ baseUrl: server.endpoint, accessKey: "demo-access-key", secretKey }),
    breakConnection: () => {
      emulator.faults.add({ on: "page", after: 2, fault: { type: "drop", afterBytes: 1_000 } });
      emulator.faults.add({
        on: "page",
        after: 3,
        fault: { type: "status", status: 429, headers: { "retry-after": "1" } },
      });
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}
