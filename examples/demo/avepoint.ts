// AvePoint on the emulator: a report job, then a ZIP of two workbooks; the connection breaks in the middle of one.
import { avepoint } from "exportkit/avepoint";
import { createAvepointEmulator, serveEmulator } from "exportkit/testing";

export async function serveAvepoint(rows: number, workbooks: number) {
  const clientSecret = "demo-client-secret";
  const emulator = createAvepointEmulator({
    clients: [{ clientId: "demo", clientSecret }],
    rows,
    workbooks,
    // In progress at the first poll, finished at the second.
    jobStatuses: [1],
  });
  const server = await serveEmulator(emulator);
  return {
    provider: avepoint({
      baseUrl: server.endpoint,
      tokenUrl: `${server.origins.identity}/connect/token`,
      clientId: "demo",
      clientSecret,
      workbooks: { sheets: (name) => name !== "Summary" },
    }),
    breakConnection: () => {
      emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 3_000_000 } });
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}
