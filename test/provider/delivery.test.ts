import { createExportClient, type ExportError } from "exportkit";
import { type AnyProvider, fileDelivery, ndjson, type Provider, pagedDelivery } from "exportkit/provider";
import { describe, expect, it, vi } from "vitest";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";

interface Row {
  readonly id: number;
}

const file = () =>
  fileDelivery({
    locate: async () => ({ url: "https://shop.example/file", credentials: "none" }),
    records: () => ndjson<Row>(),
  });
const pages = () =>
  pagedDelivery({
    fetchPage: async (_context, _job, cursor) => ({
      items: [{ id: Number(cursor?.page ?? 1) }],
      next: cursor ? undefined : { page: 2 },
    }),
    records: () => ({ kind: "pages", map: (item) => item }),
  });

const shop = (over: object = {}): Provider<unknown, Row> => ({
  spec: 1,
  name: "shop",
  capabilities: { jobs: "immediate", progress: false, formats: ["ndjson"] },
  requestSchema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
  start: async () => ({ id: "1", status: "succeeded" }),
  poll: async () => ({ status: "succeeded" }),
  delivery: file(),
  ...over,
});

const fetch = async () => new Response('{"id":1}\n{"id":2}\n', { headers: { etag: '"one"' } });
const clientOf = (it: AnyProvider, make = createExportClient) => make({ providers: { it }, fetch });

describe("a provider's delivery", () => {
  it.each([
    ["a file", file(), "file"],
    ["pages", pages(), "pages"],
  ])("is %s, which its capabilities need not repeat", async (_, delivery, kind) => {
    const client = clientOf(shop({ delivery }));
    expect(client.capabilities("it")).toMatchObject({ delivery: kind, jobs: "immediate" });
    expect(await collect(await client.runExport("it", {}))).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it("can be taken over with one function replaced", async () => {
    const right = pages();
    const replaced = { ...right, records: () => ({ ...right.records({} as never), map: () => "mapped" }) };
    const copied = pagedDelivery({ ...right, fetchPage: async () => ({ items: [{ id: 7 }] }) });
    expect(await collect(await clientOf(shop({ delivery: replaced })).runExport("it", {}))).toHaveLength(2);
    expect(await collect(await clientOf(shop({ delivery: copied })).runExport("it", {}))).toEqual([
      { id: 7 },
    ]);
  });

  const { engine: _, ...withoutEngine } = file();
  it.each<[string, object, string]>([
    [
      "is missing",
      { delivery: undefined },
      "must have a delivery that fileDelivery({ … }) or pagedDelivery({ … }) made",
    ],
    ["was written by hand", { delivery: withoutEngine }, "must have a delivery that fileDelivery"],
    [
      "is of an unknown kind",
      { delivery: { ...file(), kind: "stream" } },
      "must have a delivery that fileDelivery",
    ],
    [
      "lacks locate",
      { delivery: fileDelivery({ records: () => ndjson() } as never) },
      "must have a delivery with the functions locate",
    ],
    [
      "lacks fetchPage and records",
      { delivery: pagedDelivery({} as never) },
      "must have a delivery with the functions fetchPage, records",
    ],
    ["stands beside a locate", { locate: async () => ({}) }, "must give its locate to fileDelivery"],
    ["stands beside a fetchPage", { fetchPage: async () => ({}) }, "must give its fetchPage to"],
    ["stands beside records", { records: () => ndjson() }, "must give its records to"],
    [
      "is another than its capabilities tell",
      { delivery: pages(), capabilities: { delivery: "file", jobs: "immediate" } },
      'must have capabilities.delivery "pages"',
    ],
    ["comes without capabilities", { capabilities: undefined }, "must have capabilities"],
  ])("is refused where it %s", (_, over, message) => {
    expect(() => clientOf(shop(over))).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        message: expect.stringContaining(`providers.it: ${message}`),
        details: { field: "providers.it" },
      }),
    );
  });

  it("has a checkpoint's artifact field checked before anything is sent", async () => {
    const client = clientOf(shop());
    const job = await client.startExport("it", {});
    const checkpoint = (await client.download(job)).checkpoint();
    const artifact = { validator: "not one" };
    const error = await rejection<ExportError>(
      client.download(job, { checkpoint: { ...checkpoint, artifact } }),
    );
    expect(error).toMatchObject({ code: "JOB_INVALID", connection: "it", details: { field: "artifact" } });
  });
});

describe("two copies of the package", () => {
  it.each(["file", "pages"])(
    "work together over a delivery of kind %s, broken records included",
    async (kind) => {
      vi.resetModules();
      const kit = await import("exportkit/provider");
      expect(kit.fileDelivery).not.toBe(fileDelivery);
      const map = (item: unknown) => {
        if ((item as Row).id === 2) throw new Error("it is the second");
        return item;
      };
      const made =
        kind === "file"
          ? kit.fileDelivery({ ...file(), records: () => kit.ndjson({ map }) })
          : kit.pagedDelivery({ ...pages(), records: () => ({ kind: "pages", map }) });
      const client = clientOf(shop({ delivery: made }));
      const job = await client.startExport("it", {});
      const error = await rejection<ExportError>(collect(await client.download(job)));
      expect(error).toMatchObject({ code: "RECORD_INVALID", connection: "it", details: { record: 2 } });
      const issues: string[] = [];
      const download = await client.download(job);
      const read = await collect(download.records({ onInvalid: ({ message }) => issues.push(message) }));
      expect(read).toEqual([{ id: 1 }]);
      expect(issues).toHaveLength(1);
    },
  );

  it("tell a missing file in the other one's words", async () => {
    vi.resetModules();
    const { createExportClient: otherClient, ExportError: OtherError } = await import("exportkit");
    const client = otherClient({
      providers: {
        it: shop({ delivery: fileDelivery({ ...file(), whenMissing: () => "Nobody was there" }) }),
      },
      fetch: async () => new Response("", { status: 404 }),
    });
    const error = await rejection<ExportError>(client.runExport("it", {}));
    expect(error).toMatchObject({
      code: "ARTIFACT_MISSING",
      message: expect.stringContaining("Nobody was there"),
    });
    expect(error).toBeInstanceOf(OtherError);
  });
});
