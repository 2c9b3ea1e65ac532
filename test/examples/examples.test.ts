import { readFileSync } from "node:fs";
import { createExportClient, type ExportEvent } from "exportkit";
import { type ConformanceOptions, testProvider } from "exportkit/conformance";
import { createTestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { type Auth0Request, auth0 } from "../../examples/auth0.ts";
import {
  type Auth0Emulator,
  client as auth0Client,
  auth0Emulator,
  domain,
} from "../../examples/emulators/auth0.ts";
import {
  type GraphEmulator,
  client as graphClient,
  graphEmulator,
  tenant,
} from "../../examples/emulators/graph-reports.ts";
import { graphReports } from "../../examples/graph-reports.ts";

const arrange = {
  failed: (emulator: Auth0Emulator | GraphEmulator) => emulator.fail(),
  forgotten: (emulator: Auth0Emulator | GraphEmulator) => emulator.forget(),
  unknownStatus: (emulator: Auth0Emulator | GraphEmulator) => emulator.say("queued elsewhere"),
};

const auth0Options = (request: Auth0Request): ConformanceOptions<Auth0Emulator> => ({
  emulator: (clock) => auth0Emulator(80, clock),
  provider: () => auth0({ domain, ...auth0Client }),
  request,
  records: 80,
  identityOf: (record) => (record as { readonly user_id: string }).user_id,
  secrets: [auth0Client.clientSecret],
  invalidRequests: [{}, null, { format: "xml" }, { format: "json", limit: 0 }, { format: "csv", felds: [] }],
  arrange,
});

const graphRequest = { reportName: "Devices", select: ["DeviceId", "DeviceName", "OSVersion"] };
const graphOptions: ConformanceOptions<GraphEmulator> = {
  emulator: (clock) => graphEmulator(130, clock),
  provider: () => graphReports({ tenant, ...graphClient }),
  request: graphRequest,
  records: 130,
  identityOf: (record) => (record as { readonly DeviceId: string }).DeviceId,
  secrets: [graphClient.clientSecret],
  invalidRequests: [
    {},
    null,
    { reportName: "Devices" },
    { reportName: "", select: ["a"] },
    { ...graphRequest, x: 1 },
  ],
  arrange,
};

describe.each([
  ["Auth0, NDJSON", testProvider(auth0Options({ format: "json" }))],
  ["Auth0, CSV", testProvider(auth0Options({ format: "csv" }))],
  ["Graph reports", testProvider(graphOptions)],
])("%s", (_, cases) => {
  it.each(cases)("$name", ({ run }) => run());
});

describe("the examples", () => {
  it.each(["auth0", "graph-reports"])("%s.ts has less than 180 lines", (name) => {
    const text = readFileSync(new URL(`../../examples/${name}.ts`, import.meta.url), "utf8");
    expect(text.trimEnd().split("\n").length).toBeLessThan(180);
  });

  it("Auth0's users come whole over a broken connection and an expired link", async () => {
    const clock = createTestClock();
    const emulator = auth0Emulator(3_000, clock);
    emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 50_000 } });
    const events: ExportEvent[] = [];
    const client = createExportClient({
      providers: { users: auth0({ domain, ...auth0Client }) },
      fetch: emulator.fetch as typeof fetch,
      clock,
      onEvent: (event) => events.push(event),
    });
    const users = await client.runExport("users", { format: "json" });
    const ids = new Set<string>();
    for await (const { user_id } of users) {
      ids.add(user_id);
      // The link is good for a minute.
      if (ids.size === 100) await clock.sleep(120_000);
    }
    expect(ids.size).toBe(3_000);
    expect(users.repeated).toBe(0);
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(["resume", "refresh"]));
  });

  it("Auth0 resumes at its record in another process, which reads on from the beginning", async () => {
    const clock = createTestClock();
    const emulator = auth0Emulator(500, clock);
    const connect = () =>
      createExportClient({
        providers: { users: auth0({ domain, ...auth0Client }) },
        fetch: emulator.fetch as typeof fetch,
        clock,
      });
    const client = connect();
    const job = await client.waitForExport(await client.startExport("users", { format: "csv" }));
    const first: unknown[] = [];
    const download = await client.download(job);
    for await (const user of download) if (first.push(user) === 123) break;
    const stored = JSON.stringify([job, download.checkpoint()]);
    const [again, checkpoint] = JSON.parse(stored);
    const rest: unknown[] = [];
    for await (const user of await connect().download(again, { checkpoint })) rest.push(user);
    expect(first.length + rest.length).toBe(500);
    expect(new Set([...first, ...rest].map((user) => JSON.stringify(user))).size).toBe(500);
  });

  it("Graph's rows are those of the CSV file in the archive, and encode as CSV again", async () => {
    const clock = createTestClock();
    const emulator = graphEmulator(300, clock);
    const client = createExportClient({
      providers: { devices: graphReports({ tenant, ...graphClient }) },
      fetch: emulator.fetch as typeof fetch,
      clock,
    });
    const job = await client.waitForExport(await client.startExport("devices", graphRequest));
    const rows: unknown[] = [];
    for await (const row of await client.download(job)) rows.push(row);
    expect(rows).toHaveLength(300);
    expect(rows[1]).toEqual({
      DeviceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      DeviceName: 'LAPTOP-1, "Köln"',
      OSVersion: "10.0.19001",
    });
    const text = await new Response((await client.download(job)).encode("csv")).text();
    expect(text.split("\n")[0]?.trim()).toBe("DeviceId,DeviceName,OSVersion");
    expect(text.trimEnd().split("\n")).toHaveLength(301);
  });
});
