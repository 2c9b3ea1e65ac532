// The emulators the runtimes talk to, each with a connection that breaks unless told otherwise, and what must come out.
export async function vendors(testing) {
  const keys = await testing.generateAuthgearKeys();
  return [
    {
      vendor: "authgear",
      records: 3000,
      async serve(settings = {}) {
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
          ...settings,
        });
        const server = await testing.serveEmulator(emulator);
        return {
          options: {
            endpoint: server.endpoint,
            projectId: "myapp",
            keyId: keys.keyId,
            privateKey: keys.privateKey,
          },
          request: { format: "ndjson" },
          emulator,
          server,
          close: () => server.close(),
        };
      },
    },
    {
      vendor: "zephr",
      records: 1200,
      async serve(settings = {}) {
        const emulator = testing.createZephrEmulator({
          keys: { "access-key": "secret-key" },
          users: 1200,
          faults: [
            { on: "page", after: 1, fault: { type: "drop", afterBytes: 10_000 } },
            { on: "page", after: 2, fault: { type: "status", status: 503 } },
          ],
          ...settings,
        });
        const server = await testing.serveEmulator(emulator);
        return {
          options: { baseUrl: server.endpoint, accessKey: "access-key", secretKey: "secret-key" },
          request: { pageSize: 100 },
          emulator,
          server,
          close: () => server.close(),
        };
      },
    },
    {
      vendor: "avepoint",
      // Two workbooks of a summary and a sheet of details.
      records: [...testing.avepointRows({ rows: 400, workbooks: 2 })].length,
      async serve(settings = {}) {
        const emulator = testing.createAvepointEmulator({
          clients: [{ clientId: "client", clientSecret: "client-secret" }],
          rows: 400,
          workbooks: 2,
          faults: [{ on: "artifact", after: 1, fault: { type: "drop", afterBytes: 1_000 } }],
          ...settings,
        });
        const server = await testing.serveEmulator(emulator);
        return {
          options: {
            baseUrl: server.endpoint,
            tokenUrl: `${server.origins.identity}/connect/token`,
            clientId: "client",
            clientSecret: "client-secret",
          },
          request: { report: "userAccess", email: "ada@contoso.com", dataSources: ["OneDrive"] },
          emulator,
          server,
          close: () => server.close(),
        };
      },
    },
  ];
}
