import { createExportClient, type ExportErrorCode } from "exportkit";
import { fileDelivery, ndjson, type Provider } from "exportkit/provider";
import { describe, expect, it } from "vitest";

const anything = {
  "~standard": { version: 1 as const, vendor: "test", validate: (value: unknown) => ({ value }) },
};

/** A provider with no more than the contract asks for. */
const provider: Provider = {
  spec: 1,
  name: "plain",
  capabilities: { delivery: "file", jobs: "asynchronous", progress: false, formats: ["ndjson"] },
  requestSchema: anything,
  start: async (context) => {
    await context.request({ method: "POST", url: "https://plain.example/start" });
    return { id: "1", status: "pending" };
  },
  poll: async () => ({ status: "succeeded" }),
  delivery: fileDelivery({
    locate: async () => ({ url: "https://plain.example/file", credentials: "none" }),
    records: () => ndjson(),
  }),
};

function client(over: Partial<Provider>, answer: () => Response) {
  const sent: string[] = [];
  const made = createExportClient({
    providers: { it: { ...provider, ...over } },
    retry: { minDelayMs: 0 },
    fetch: async (input) => {
      sent.push(String(input));
      return answer();
    },
  });
  return { made, sent };
}

describe("a provider of one's own", () => {
  it("needs neither a pace nor origins", async () => {
    const { made } = client({}, () => Response.json({}));
    const job = await made.startExport("it", {});
    expect(job.retryAfterMs).toBeGreaterThanOrEqual(800);
    expect(job.retryAfterMs).toBeLessThanOrEqual(1_200);
  });

  it.each<[ExportErrorCode, number]>([
    ["RATE_LIMITED", 503],
    ["FORBIDDEN", 500],
    ["NOT_FOUND", 408],
  ])("cannot have a start repeated by calling it %s at HTTP %d", async (code, status) => {
    const describeFailure = () => ({ code, message: "it says so", retryable: true });
    const { made, sent } = client({ describeFailure }, () => new Response("", { status }));
    await expect(made.startExport("it", {})).rejects.toMatchObject({
      code: "START_OUTCOME_UNKNOWN",
      details: { reason: code },
    });
    expect(sent).toHaveLength(1);
  });

  it.each<[string, Partial<Provider>, number]>([
    [
      "describeFailure",
      {
        describeFailure: ({ json }) => (json as { error: { code: "FORBIDDEN"; message: string } }).error,
      },
      502,
    ],
    [
      "start",
      {
        start: async (context) => {
          const { json } = await context.request({ method: "POST", url: "https://plain.example/start" });
          return { id: (json as { task: { id: string } }).task.id, status: "pending" };
        },
      },
      200,
    ],
  ])("loses no export that may run where its %s stumbles over the answer", async (_, over, status) => {
    const { made, sent } = client(over, () => Response.json(null, { status }));
    const error = await made.startExport("it", {}).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", connection: "it", operation: "start" });
    expect(JSON.stringify(error)).toContain("null");
    expect(sent).toHaveLength(1);
  });

  it("is left its own words where it gives up before anything is sent", async () => {
    const { made, sent } = client(
      { authorize: () => Promise.reject(new Error("no key")), origins: ["https://plain.example"] },
      () => Response.json({}),
    );
    await expect(made.startExport("it", {})).rejects.toThrow(/^no key$/);
    expect(sent).toEqual([]);
  });

  it.each<[string, object]>([
    ["origins", { authorize: () => ({}) }],
    ["pace", { pace: { floorMs: "1" } }],
    ["floorMs not above ceilingMs", { pace: { floorMs: 2, ceilingMs: 1 } }],
    ["requestSchema", { requestSchema: {} }],
    ["name", { name: "" }],
  ])("is refused before anything is started when its %s is wrong", (field, over) => {
    expect(() => client(over, () => Response.json({}))).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringContaining(field) }),
    );
  });
});
