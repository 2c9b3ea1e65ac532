import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { beginExport } from "exportkit/durable";
import { createAuthgearEmulator } from "exportkit/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { exporting } from "../../examples/durable/lambda.ts";
import { token } from "../client/harness.js";
import { memorySink } from "./memory-sink.js";

beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

it("a durable function of Lambda delivers every record once, over several invocations", async () => {
  const emulator = createAuthgearEmulator({ tokens: [token], users: 1_000, pendingPolls: 3 });
  const client = createExportClient({
    providers: { users: authgear({ endpoint: emulator.endpoint, token }) },
    fetch: emulator.fetch,
  });
  const { sink, claimStart, store } = memorySink();
  const handlerFunction = exporting({ client, sink, claimStart, sliceMs: 10_000 } as never);
  const runner = new LocalDurableTestRunner({ handlerFunction });
  const execution = await runner.run({ payload: beginExport("users", { format: "ndjson" }) });
  expect(execution.getStatus()).toBe("SUCCEEDED");
  expect(execution.getResult()).toBe(1_000);
  expect(new Set(store.records.map((record) => (record as { sub: string }).sub)).size).toBe(1_000);
  expect(store.records).toHaveLength(1_000);
  expect(execution.getInvocations().length).toBeGreaterThan(2);
  expect(emulator.requests.filter(({ operation }) => operation === "start")).toHaveLength(1);
});
