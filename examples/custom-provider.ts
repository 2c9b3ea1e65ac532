// An adapter for a vendor of your own: an export is started, polled, and fetched as NDJSON. All the rest (retries,
// waiting, resuming, decoding, checkpoints, redaction) is the engine's. `npm run build && node examples/custom-provider.ts`.
import { createExportClient } from "exportkit";
import { fileDelivery, ndjson, type Provider, type RequestSchema } from "exportkit/provider";

interface OrdersRequest {
  readonly year: number;
}

interface Order {
  readonly id: number;
  readonly total: number;
}

// Any validator in the shape of Standard Schema does: zod, valibot, arktype, or a function like this one.
const requestSchema: RequestSchema<OrdersRequest> = {
  "~standard": {
    version: 1,
    vendor: "example",
    validate(value) {
      const year = (value as Partial<OrdersRequest> | undefined)?.year;
      if (typeof year === "number") return { value: { year } };
      return { issues: [{ path: ["year"], message: "must be a number such as 2026" }] };
    },
  },
};

function orders(options: {
  readonly origin: string;
  readonly apiKey: string;
}): Provider<OrdersRequest, Order> {
  const { origin, apiKey } = options;
  return {
    spec: 1,
    name: "orders",
    capabilities: { jobs: "asynchronous", progress: true, formats: ["ndjson"] },
    requestSchema,
    origins: [origin],
    pace: { floorMs: 100, ceilingMs: 5_000 },
    secrets: () => [apiKey],
    authorize: () => ({ authorization: `Bearer ${apiKey}` }),
    async start(context, request) {
      const { json } = await context.request({
        method: "POST",
        url: `${origin}/exports?year=${request.year}`,
      });
      return { id: String((json as { id: number }).id), status: "pending" };
    },
    async poll(context, job) {
      const { json } = await context.request({ method: "GET", url: `${origin}/exports/${job.id}` });
      const { done, percent } = json as { done: boolean; percent: number };
      return {
        status: done ? "succeeded" : "running",
        progress: { completed: percent, total: 100, unit: "percent" },
      };
    },
    delivery: fileDelivery({
      // The file lies at the vendor itself, so its credentials go along.
      locate: async (_context, job) => ({ url: `${origin}/exports/${job.id}/file`, credentials: "provider" }),
      records: () => ndjson<Order>({ csv: { columns: ["id", "total"], complete: true } }),
    }),
  };
}

// A vendor of 30 lines would be a server; here a function in place of `fetch` is enough.
let polls = 0;
const vendor = (async (input: RequestInfo | URL) => {
  const { pathname } = new URL(String(input));
  if (pathname === "/exports") return Response.json({ id: 7 });
  if (pathname === "/exports/7") return Response.json({ done: ++polls > 2, percent: polls * 33 });
  return new Response('{"id":1,"total":9.5}\n{"id":2,"total":12}\n');
}) as typeof fetch;

const client = createExportClient({
  providers: { shop: orders({ origin: "https://shop.example", apiKey: "a-secret-key" }) },
  fetch: vendor,
});
const download = await client.runExport(
  "shop",
  { year: 2026 },
  { onProgress: ({ status, progress }) => console.log(status, progress?.completed ?? 0, "%") },
);
for await (const order of download) console.log(order.id, order.total);
