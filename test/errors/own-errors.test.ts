import { createExportClient, ExportError, type ExportJob } from "exportkit";
import { fileDelivery, ndjson, type Provider } from "exportkit/provider";
import { expect, it } from "vitest";
import { rejection } from "../support/outcome.js";

const own = async (): Promise<never> => {
  throw new ExportError("NOT_SUPPORTED", "not with this plan");
};

/** A provider whose functions fail with errors that say nothing of where they arose. */
const provider: Provider<object, unknown> = {
  spec: 1,
  name: "shop",
  capabilities: { jobs: "asynchronous", progress: false, formats: [] },
  requestSchema: { "~standard": { version: 1, vendor: "test", validate: () => ({ value: {} }) } },
  start: own,
  poll: own,
  delivery: fileDelivery({ locate: own, records: () => ndjson() }),
};

it("an error of an adapter's own names the operation, provider, connection and job", async () => {
  const client = createExportClient({ providers: { it: provider } });
  const at = new Date(0).toISOString();
  const job = (status: "running" | "succeeded") =>
    ({
      version: 1,
      connection: "it",
      provider: "shop",
      id: "1",
      request: {},
      status,
      createdAt: at,
      updatedAt: at,
      polls: 0,
      retryAfterMs: 0,
    }) as unknown as ExportJob<"it", object>;
  const named = { code: "NOT_SUPPORTED", provider: "shop", connection: "it" };
  expect(await rejection(client.startExport("it", {}))).toMatchObject({ ...named, operation: "start" });
  for (const [call, operation] of [
    [() => client.pollExport(job("running")), "poll"],
    [() => client.waitForExport(job("running")), "poll"],
    [() => client.download(job("succeeded")), "locate"],
  ] as const)
    expect(await rejection(call())).toMatchObject({ ...named, operation, job: { id: "1" } });
});
