import { createExportClient, type ExportError } from "exportkit";
import { advanceExport, beginExport } from "exportkit/durable";
import { fileDelivery, ndjson, type Provider } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { memorySink } from "../durable/memory-sink.js";
import { rejection } from "../support/outcome.js";

/** A provider whose start is answered, and which gives what it is told to. */
function connect(given: () => unknown, over: Partial<Provider> = {}) {
  const sent: string[] = [];
  const provider: Provider = {
    spec: 1,
    name: "plain",
    capabilities: { jobs: "asynchronous", progress: false, formats: ["ndjson"] },
    requestSchema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
    start: async (context) => {
      await context.request({ method: "POST", url: "https://plain.example/start" });
      return given() as { id: string; status: "pending" };
    },
    poll: async () => ({ status: "succeeded" }),
    delivery: fileDelivery({
      locate: async () => ({ url: "https://plain.example/file", credentials: "none" }),
      records: () => ndjson(),
    }),
    ...over,
  };
  const client = createExportClient({
    providers: { it: provider },
    fetch: async (input) => {
      sent.push(String(input));
      return Response.json({});
    },
  });
  return { client, sent };
}

const good = { id: "1", status: "pending" } as const;

describe("an export that was started, of which the adapter gives no job", () => {
  const cases: readonly (readonly [what: string, given: () => unknown, told: string])[] = [
    ["nothing", () => undefined, "gave undefined"],
    ["null", () => null, "gave null"],
    ["an id alone", () => "17", 'gave "17"'],
    ["no id", () => ({ status: "pending" }), "gave the id undefined"],
    ["an id that is not there", () => ({ ...good, id: undefined }), "gave the id undefined"],
    ["an empty id", () => ({ ...good, id: "" }), 'gave the id ""'],
    ["a number for an id", () => ({ ...good, id: 17 }), "gave the id 17"],
    ["an id that leads elsewhere in a path", () => ({ ...good, id: ".." }), 'gave the id ".."'],
    ["no status", () => ({ id: "17" }), 'gave job "17" with the status undefined'],
    [
      "the vendor's own status",
      () => ({ id: "17", status: "QUEUED" }),
      'gave job "17" with the status "QUEUED"',
    ],
    [
      "a time that cannot be read",
      () => ({
        id: "17",
        status: "pending",
        get createdAt() {
          throw new Error("not now");
        },
      }),
      'gave job "17" with the status "pending", which cannot be read',
    ],
    ["warnings that are no list", () => ({ ...good, warnings: "slow" }), 'gave job "1"'],
  ];

  it.each(cases)("but %s, is in doubt, and is started by no later step", async (_, given, told) => {
    const { client, sent } = connect(given);
    const { sink, claimStart, store } = memorySink();
    const release = async () => {
      store.isClaimed = false;
    };
    const step = () =>
      rejection<ExportError>(
        advanceExport(client, beginExport("it", {}), {
          sink,
          claimStart: Object.assign(claimStart, { release }),
        }),
      );
    const error = await step();
    expect(error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", operation: "start", connection: "it" });
    expect(error.message).toContain(`the start function of plain ${told}`);
    expect(await step()).toMatchObject({ code: "START_OUTCOME_UNKNOWN" });
    expect(sent).toHaveLength(1);
  });

  it("is an answer that cannot be used where a start makes nothing", async () => {
    const { client } = connect(() => ({ ...good, id: "" }), {
      capabilities: { jobs: "immediate", progress: false, formats: [] },
    });
    expect(await rejection(client.startExport("it", {}))).toMatchObject({ code: "RESPONSE_INVALID" });
  });
});

it("a job keeps nothing of what an adapter gives as null, and can be stored", async () => {
  const nothing = {
    createdAt: null,
    finishedAt: null,
    expiresAt: null,
    providerStatus: null,
    progress: null,
  };
  const { client } = connect(() => ({
    ...good,
    ...nothing,
    failure: null,
    warnings: null,
    retryAfterMs: Number.NaN,
  }));
  const job = await client.startExport("it", {});
  expect(Object.keys(job)).not.toEqual(expect.arrayContaining(["finishedAt"]));
  expect(client.parseJob(JSON.parse(JSON.stringify(job)))).toEqual(job);
});

it("a job keeps the request as it was asked, whatever the adapter does with it", async () => {
  const { client } = connect(() => good, {
    start: async (_, request) => {
      Object.assign(request as object, { since: 1n });
      return good;
    },
  });
  expect(await client.startExport("it", { since: "2026" })).toMatchObject({ request: { since: "2026" } });
});

describe("a request that no job could keep", () => {
  const throwing = {
    toJSON: () => {
      throw new Error("no");
    },
  };
  const cases: readonly (readonly [string, unknown, string | undefined])[] = [
    ["a BigInt in it", { format: "csv", left: undefined, call: () => {}, since: 1n }, "since"],
    ["a BigInt deep in it", { filter: { ids: [1n] } }, "filter"],
    ["a toJSON that throws", { filter: throwing }, "filter"],
    ["a toJSON of its own that throws", throwing, undefined],
    ["a BigInt for it", 1n, undefined],
    ["nothing for it", undefined, undefined],
  ];

  it.each(cases)("is refused before it is sent: %s", async (_, request, field) => {
    const { client, sent } = connect(() => good);
    const schema = {
      "~standard": { version: 1, vendor: "test", validate: () => ({ value: request }) },
    } as const;
    const made = connect(() => good, { requestSchema: schema });
    for (const error of [
      await rejection<ExportError>(client.startExport("it", request as object)),
      await rejection<ExportError>(made.client.startExport("it", {})),
      await rejection<ExportError>(made.client.explainExport("it", {})),
    ]) {
      expect(error).toMatchObject({ code: "REQUEST_INVALID", connection: "it" });
      expect(error.message).toContain("cannot be written as JSON");
      expect(error.details?.field).toBe(field);
    }
    expect([...sent, ...made.sent]).toEqual([]);
  });

  it("spends no claim", async () => {
    const value = { since: 1n };
    const { client, sent } = connect(() => good, {
      requestSchema: { "~standard": { version: 1, vendor: "test", validate: () => ({ value }) } },
    });
    const { sink, claimStart, store } = memorySink();
    const error = await rejection(advanceExport(client, beginExport("it", {}), { sink, claimStart }));
    expect(error).toMatchObject({ code: "REQUEST_INVALID", details: { field: "since" } });
    expect(store.isClaimed).toBe(false);
    expect(sent).toEqual([]);
  });
});
