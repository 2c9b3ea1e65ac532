import { createExportClient, ExportError, type ExportJob } from "exportkit";
import { fileDelivery, ndjson, type Provider, type ProviderContext, pagedDelivery } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";

type Fail = (context: ProviderContext) => Promise<never>;

/** A provider whose functions fail. */
const failing = (fail: Fail): Provider<object, unknown> => ({
  spec: 1,
  name: "shop",
  capabilities: { jobs: "asynchronous", progress: false, formats: [] },
  requestSchema: { "~standard": { version: 1, vendor: "test", validate: () => ({ value: {} }) } },
  start: fail,
  poll: fail,
  delivery: fileDelivery({ locate: fail, records: () => ndjson() }),
});

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

const facts = { details: { plan: "free" }, cause: new Error("no plan") };
const plain = () => new ExportError("NOT_SUPPORTED", "not with this plan", facts);

const forms: readonly (readonly [string, (context: ProviderContext) => Error])[] = [
  ["an error of an adapter's own", plain],
  ["one that is frozen", () => Object.freeze(plain())],
  ["one that is sealed", () => Object.seal(plain())],
  ["one that nothing can be added to", () => Object.preventExtensions(plain())],
  [
    "one that names the connection, frozen",
    () => Object.freeze(new ExportError("NOT_SUPPORTED", "not with this plan", { connection: "it" })),
  ],
  ["one of the context's, frozen", ({ failure }) => Object.freeze(failure(refusal))],
];

const refusal = { status: 404, headers: new Headers(), text: "", json: undefined };

describe.each(forms)("%s", (form, make) => {
  const fail: Fail = async (context) => {
    throw make(context);
  };
  const code = form.includes("context") ? "NOT_FOUND" : "NOT_SUPPORTED";
  const named = { code, provider: "shop", connection: "it" };

  it("names the operation, provider, connection and job", async () => {
    const client = createExportClient({ providers: { it: failing(fail) } });
    expect(await rejection(client.startExport("it", {}))).toMatchObject({ ...named, operation: "start" });
    for (const [call, operation] of [
      [() => client.pollExport(job("running")), "poll"],
      [() => client.waitForExport(job("running")), "poll"],
      [() => client.download(job("succeeded")), "locate"],
    ] as const)
      expect(await rejection(call())).toMatchObject({ ...named, operation, job: { id: "1" } });
  });

  it.each([1, 2])("names page %d of a listing", async (failed) => {
    const delivery = pagedDelivery({
      fetchPage: async (context, _job, cursor) =>
        (cursor?.page ?? 1) === failed ? fail(context) : { items: [{}], next: { page: 2 } },
      records: () => ({ kind: "pages", map: (item) => item }),
    });
    const client = createExportClient({ providers: { it: { ...failing(fail), delivery } } });
    const read = async () => collect(await client.download(job("succeeded")));
    const error = await rejection<ExportError>(read());
    expect(error).toMatchObject({ ...named, operation: "page", job: { id: "1" }, details: { page: failed } });
  });
});

it("an error of another connection is thrown as it is, frozen or not", async () => {
  const other = Object.freeze(new ExportError("NOT_FOUND", "not there", { connection: "other" }));
  const fail = async () => {
    throw other;
  };
  const delivery = pagedDelivery({
    fetchPage: fail,
    records: () => ({ kind: "pages", map: (item) => item }),
  });
  const client = createExportClient({
    providers: { file: failing(fail), pages: { ...failing(fail), delivery } },
  });
  for (const connection of ["file", "pages"] as const)
    expect(await rejection(client.download({ ...job("succeeded"), connection }))).toBe(other);
});
