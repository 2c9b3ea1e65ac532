// The emulators the runtimes talk to, each with a connection that breaks, and what must come out.
export async function vendors(testing) {
  const keys = await testing.generateAuthgearKeys();
  return [
    {
      vendor: "authgear",
      records: 3000,
      async serve() {
        const emulator = testing.createAuthgearEmulator({
          keys: { [keys.keyId]: keys.publicKey },
          users: 3000,
          pendingPolls: 1,
          // Cut twice, the second time behind a URL that has ended.
          faults: [
            { on: "artifact", fault: { type: "drop", afterBytes: 300_000 } },
            { on: "artifact", fault: { type: "expire" } },
            { on: "artifact", fault: { type: "drop", afterBytes: 300_000 } },
          ],
        });
        const server = await testing.serveEmulator(emulator);
        return {
          options: { endpoint: server.endpoint, projectId: "myapp", keyId: keys.keyId, privateKey: keys.privateKey },
          request: { format: "ndjson" },
          close: () => server.close(),
        };
      },
    },
  ];
}
