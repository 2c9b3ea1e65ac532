import { type ConformanceCase, testProvider } from "exportkit/conformance";
import { type AnyProvider, fileDelivery, ndjson, type ProviderContext } from "exportkit/provider";
import { createEmulator, createShiftableClock, type Emulator } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import {
  apiKey,
  broken,
  brokenDelivery,
  fileProvider,
  type Order,
  type OrdersEmulator,
  orders,
  ordersEmulator,
  pagesProvider,
} from "./orders.js";

const casesOf = (provider: () => AnyProvider): readonly ConformanceCase[] =>
  testProvider<OrdersEmulator>({
    emulator: ordersEmulator,
    provider,
    request: { year: 2026 },
    records: orders,
    identityOf: (record) => String((record as Order).id),
    secrets: [apiKey],
    invalidRequests: [{}, null, { year: "2026" }],
    arrange: {
      ...(provider().capabilities.delivery === "file"
        ? {
            failed: (emulator) => emulator.fail(),
            forgotten: (emulator) => emulator.forget(),
            unknownStatus: (emulator) => emulator.say("mulling it over"),
          }
        : { grown: (emulator) => emulator.add(3) }),
    },
  });

it.each<[string, object]>([
  ["emulator", {}],
  ["records", { records: "60" }],
  ["secret", { secret: [apiKey] }],
  ["arrange.fail", { arrange: { fail: () => {} } }],
])("a wrong option is named at once: %s", (field, wrong) => {
  const right = {
    emulator: ordersEmulator,
    provider: fileProvider,
    request: {},
    records: orders,
    identityOf: String,
  };
  const options = field === "emulator" ? wrong : { ...right, ...wrong };
  expect(() => testProvider(options as Parameters<typeof testProvider>[0])).toThrow(
    expect.objectContaining({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(`testProvider: ${field}`),
    }),
  );
});

describe.each([
  ["of files", fileProvider],
  ["of pages", pagesProvider],
])("an adapter %s that is right", (_, provider) => {
  it.each(casesOf(provider))("$name", ({ run }) => run());
});

describe("an adapter that is wrong fails the case that names its fault", () => {
  const api = "https://orders.example";

  it.each<[string, () => AnyProvider, string]>([
    [
      "takes a failed export for a running one",
      () => broken(fileProvider(), () => ({ poll: async () => ({ status: "running" }) })),
      "failures: an export that fails is a failed job, and EXPORT_FAILED to whoever waits",
    ],
    [
      "takes a word that it does not know for a failure",
      () =>
        broken(fileProvider(), (right) => ({
          poll: async (...args: Parameters<typeof right.poll>) => {
            const state = await right.poll(...args);
            return state.status === "running"
              ? { status: "failed", failure: { code: "EXPORT_FAILED", message: "?" } }
              : state;
          },
        })),
      "failures: an unknown status means that the export still runs",
    ],
    [
      "does not notice that an export is forgotten",
      () =>
        broken(fileProvider(), (right) => ({
          poll: async (...args: Parameters<typeof right.poll>) => {
            const state = await right.poll(...args);
            return state.status === "expired" ? { status: "running" } : state;
          },
        })),
      "failures: an export that the vendor has forgotten is an expired job",
    ],
    [
      "ignores the cursor",
      () =>
        brokenDelivery(pagesProvider(), (right) => ({
          fetchPage: (context: never, job: never) => right.fetchPage(context, job, undefined),
        })),
      "records: every record comes once, in the same order each time",
    ],
    [
      "gives all records one identity",
      () =>
        brokenDelivery(pagesProvider(), (right) => ({
          records: () => ({ ...right.records({} as never), identify: () => "x" }),
        })),
      "records: every record comes once, in the same order each time",
    ],
    [
      "does not look at which page came",
      () =>
        brokenDelivery(pagesProvider(), () => ({
          fetchPage: async (context: ProviderContext, _: never, cursor?: { page: number }) => {
            const asked = cursor?.page ?? 1;
            const { json } = await context.request({ method: "GET", url: `${api}/orders?page=${asked}` });
            const { items, more } = json as { items: Order[]; more: boolean };
            return { items, next: more ? { page: asked + 1 } : undefined };
          },
        })),
      "faults at page: missing-page",
    ],
    [
      "cannot tell one record from another in a listing that grows",
      () =>
        brokenDelivery(pagesProvider(), (right) => ({
          records: () => ({ ...right.records({} as never), identify: undefined }),
        })),
      "paging: who was there at the beginning comes once, though others are added meanwhile",
    ],
    [
      "starts again when it does not understand the answer",
      () =>
        broken(fileProvider(), (right) => ({
          start: (...args: Parameters<typeof right.start>) =>
            right.start(...args).catch(() => right.start(...args)),
        })),
      "start: reset-after-effect",
    ],
    [
      "asks for the status twice",
      () =>
        broken(fileProvider(), (right) => ({
          poll: async (...args: Parameters<typeof right.poll>) => {
            await right.poll(...args);
            return right.poll(...args);
          },
        })),
      "contract: one poll sends one request at most",
    ],
    [
      "keeps what it needs in memory",
      () => {
        const known = new Set<string>();
        return broken(fileProvider(), (right) => ({
          start: async (...args: Parameters<typeof right.start>) => {
            const job = await right.start(...args);
            known.add(job.id);
            return job;
          },
          poll: async (...args: Parameters<typeof right.poll>) =>
            known.has(args[1].id) ? right.poll(...args) : { status: "running" },
        }));
      },
      "contract: a job is plain data, which another process resumes with",
    ],
    [
      "tells its key in its own words",
      () =>
        broken(fileProvider(), (right) => ({
          secrets: () => [],
          authorize: () => undefined,
          poll: async (context: Parameters<typeof right.poll>[0], job: { readonly id: string }) => {
            const headers = { authorization: `Bearer ${apiKey}` };
            await context.request({ method: "GET", url: `${api}/exports/${job.id}`, headers });
            return { status: "succeeded", providerStatus: `done, said to ${apiKey}` };
          },
          start: async (context: Parameters<typeof right.start>[0]) => {
            const headers = { authorization: `Bearer ${apiKey}` };
            await context.request({ method: "POST", url: `${api}/exports`, headers });
            return { id: "1", status: "pending" };
          },
          delivery: fileDelivery({
            ...right.delivery,
            async locate(context) {
              const headers = { authorization: `Bearer ${apiKey}` };
              const { json } = await context.request({ method: "GET", url: `${api}/exports/1`, headers });
              return { url: (json as { url: string }).url, credentials: "none" };
            },
          }),
        })),
      "secrets: nothing that is shown of an export holds one",
    ],
    [
      "takes its credentials along to the store",
      () =>
        broken(fileProvider(), (right) => ({
          origins: [api, "https://files.orders.example"],
          delivery: fileDelivery({
            ...right.delivery,
            locate: async (...args) => ({
              ...(await right.delivery.locate(...args)),
              credentials: "provider",
            }),
          }),
        })),
      "secrets: the vendor's credentials stay with the vendor",
    ],
    [
      "takes any request",
      () =>
        broken(fileProvider(), () => ({
          requestSchema: {
            "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) },
          },
        })),
      "contract: invalid request 0 is refused, and nothing is sent",
    ],
    [
      "cannot say where its records are",
      () =>
        brokenDelivery(fileProvider(), () => ({
          records: () => {
            const right = ndjson<Order>();
            return {
              ...right,
              async *decode(artifact: never, options: { readonly maxBufferedBytes: number }) {
                yield* right.decode(artifact, { maxBufferedBytes: options.maxBufferedBytes });
              },
            };
          },
        })),
      "resume: a checkpoint after any record continues with the next one",
    ],
  ])("%s", async (_, provider, name) => {
    const named = casesOf(provider).find((found) => found.name === name);
    await expect(named?.run()).rejects.toThrow(Error);
  });
});

it("an emulator whose file is too small for faults to hit is told so, and not the adapter", async () => {
  const [first] = testProvider<OrdersEmulator>({
    emulator(clock) {
      const emulator = ordersEmulator(clock);
      emulator.add(20 - orders);
      return emulator;
    },
    provider: fileProvider,
    request: { year: 2026 },
    records: 20,
    identityOf: (record) => String((record as Order).id),
  });
  await expect(first?.run()).rejects.toThrow(
    /^the file has 2\d{3} bytes; let the emulator's have 3000 or more/,
  );
});

describe("a case that fails says what to do", () => {
  const failureOf = (cases: readonly ConformanceCase[], name: string) =>
    expect(cases.find((found) => found.name === name)?.run()).rejects;

  it("about the start of a listing that asks nothing", async () => {
    const start = async () => ({ id: "1", status: "succeeded" }) as const;
    const cases = casesOf(() => broken(pagesProvider(), () => ({ start })));
    await failureOf(cases, "contract: one start sends one request for it").toThrow(
      '0 requests of the kind "page" were sent for one start; the start of a listing asks for its first page',
    );
  });

  it.each([
    ["start: revoked-token", "revoked"],
    ["faults at page: missing-page-always", "pageOffset"],
  ])("about an emulator that does as always: %s", async (name, override) => {
    const cases = testProvider<Emulator>({
      emulator(clock) {
        const inner = ordersEmulator(clock);
        return createEmulator({
          name: "orders",
          origins: inner.origins,
          clock: createShiftableClock(clock),
          identify: () => "page",
          respond: (request) => inner.handle(request, "api"),
        });
      },
      provider: pagesProvider,
      request: { year: 2026 },
      records: orders,
      identityOf: (record) => String((record as Order).id),
    });
    await failureOf(cases, name).toThrow(
      `succeeded with 60 records; let the emulator's respond do what overrides.${override} asks for, too`,
    );
  });
});
