import { createExportClient, type ExportEvent } from "exportkit";
import { openTelemetry } from "exportkit/otel";
import { fileDelivery, ndjson, type Provider } from "exportkit/provider";
import { createTestClock } from "exportkit/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { setUpTelemetry } from "./tracing.js";

let telemetry: ReturnType<typeof setUpTelemetry>;
beforeEach(() => {
  telemetry = setUpTelemetry();
});
afterEach(() => telemetry.tearDown());

/** In each place of a signed address something that nobody may see. */
const signed = (host: string, mark: string) =>
  `https://${host}/PATH${mark}/PATH-TOO${mark};v=MATRIX${mark}?X-Amz-Signature=QUERY${mark}&name%3DNAME${mark}#HASH${mark}`;
const MARKS = /(?:PATH|MATRIX|QUERY|NAME|HASH)[\w-]*(?:One|Two|Three)/;

const provider: Provider<object, { readonly n: number }> = {
  spec: 1,
  name: "signing",
  capabilities: { jobs: "asynchronous", progress: false, formats: ["ndjson"] },
  requestSchema: { "~standard": { version: 1, vendor: "test", validate: () => ({ value: {} }) } },
  origins: ["https://vendor.example"],
  start: async () => ({ id: "7", status: "succeeded" }),
  poll: async () => ({ status: "succeeded" }),
  delivery: fileDelivery({
    locate: async () => ({ url: signed("store.example", "One"), credentials: "none" }),
    records: () => ndjson<{ readonly n: number }>(),
  }),
};

it.each(["served in the end", "refused with its own address in the words"])(
  "of a signed address nothing but its origin is in any span, event or measurement: %s",
  async (how) => {
    let requests = 0;
    const fetch = (async () => {
      requests += 1;
      if (requests === 1) throw new TypeError(`fetch failed: ${signed("store.example", "One")}`);
      if (requests === 2) return new Response(signed("store.example", "One"), { status: 503 });
      if (requests === 3)
        return new Response(null, { status: 302, headers: { location: signed("cdn.example", "Two") } });
      if (how !== "served in the end")
        return new Response(`<Error><Resource>${signed("cdn.example", "Three")}</Resource></Error>`, {
          status: 403,
          headers: { "content-type": "application/xml" },
        });
      return new Response('{"n":1}\n', { headers: { "content-type": "application/x-ndjson" } });
    }) as typeof globalThis.fetch;
    const events: ExportEvent[] = [];
    const { tracerProvider, meterProvider } = telemetry;
    const client = createExportClient({
      providers: { any: provider },
      fetch,
      clock: createTestClock(),
      retry: { retries: 3 },
      telemetry: openTelemetry({ tracerProvider, meterProvider }),
      onEvent: (event) => events.push(event),
    });
    const reading = client.runExport("any", {}).then(collect);
    if (how === "served in the end") expect(await reading).toEqual([{ n: 1 }]);
    else expect(JSON.stringify(await rejection(reading))).not.toMatch(MARKS);
    const told = telemetry.spans().map(({ name, attributes, events, links, status }) => ({
      name,
      attributes,
      events,
      links: links.map((link) => link.attributes),
      status,
    }));
    expect(told.length).toBeGreaterThan(4);
    expect(JSON.stringify(told)).toContain("https://cdn.example");
    const measured = [...(await telemetry.measured())];
    for (const text of [JSON.stringify(told), JSON.stringify(events), JSON.stringify(measured)])
      expect(text).not.toMatch(MARKS);
  },
);
