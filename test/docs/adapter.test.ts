import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { testProvider } from "exportkit/conformance";
import { fileDelivery, ndjson, type Provider } from "exportkit/provider";
import type { Emulator, EmulatorClock } from "exportkit/testing";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const guide = readFileSync(join(root, "docs/writing-an-adapter.md"), "utf8");

type OrdersEmulator = Emulator & { fail(): void; forget(): void };

/** The emulator that the guide shows, as somebody has it who copied it. */
async function shown(): Promise<(count: number, clock?: EmulatorClock) => OrdersEmulator> {
  const samples = [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);
  const contents = samples.find((code) => code.includes("export function ordersEmulator"));
  const folder = await mkdtemp(join(tmpdir(), "exportkit-guide-"));
  try {
    const outfile = join(folder, "emulator.mjs");
    await build({
      stdin: { contents: contents ?? "", loader: "ts", resolveDir: root },
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      tsconfig: join(root, "tsconfig.json"),
      logLevel: "error",
    });
    return (await import(pathToFileURL(outfile).href)).ordersEmulator;
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface OrdersRequest {
  readonly year: number;
}

/** The adapter, whose shape the guide shows. */
function orders(origin: string): Provider<OrdersRequest, object> {
  return {
    spec: 1,
    name: "orders",
    capabilities: { jobs: "asynchronous", progress: true, formats: ["ndjson"] },
    requestSchema: {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value) =>
          typeof (value as OrdersRequest | null)?.year === "number"
            ? { value: value as OrdersRequest }
            : { issues: [{ path: ["year"], message: "must be a number" }] },
      },
    },
    origins: [origin],
    secrets: () => ["a-secret-key"],
    authorize: () => ({ authorization: "Bearer a-secret-key" }),
    describeFailure: ({ status }, _now, operation) =>
      operation === "artifact" && status === 404
        ? { code: "ARTIFACT_MISSING", message: "has no such file any more" }
        : undefined,
    async start(context, { year }) {
      const { json } = await context.request({ method: "POST", url: `${origin}/exports?year=${year}` });
      return { id: String((json as { id: number }).id), status: "pending" };
    },
    async poll(context, { id }) {
      const { status, json } = await context.request({
        method: "GET",
        url: `${origin}/exports/${id}`,
        accept: [404],
      });
      if (status === 404) return { status: "expired" };
      const { failed, done } = json as { readonly failed: boolean; readonly done: boolean };
      if (failed)
        return { status: "failed", failure: { code: "EXPORT_FAILED", message: "the shop is closed" } };
      return { status: done ? "succeeded" : "running" };
    },
    delivery: fileDelivery({
      locate: async (_, { id }) => ({ url: `${origin}/exports/${id}/file`, credentials: "provider" }),
      records: () => ndjson(),
    }),
  };
}

it("an adapter passes what all must pass on the emulator that the guide shows", async () => {
  const ordersEmulator = await shown();
  const cases = testProvider({
    emulator: (clock) => ordersEmulator(60, clock),
    provider: (emulator) => orders(emulator.endpoint),
    request: { year: 2026 },
    records: 60,
    identityOf: (record) => String((record as { id: number }).id),
    secrets: ["a-secret-key"],
    invalidRequests: [{}, null, { year: "2026" }],
    arrange: { failed: (emulator) => emulator.fail(), forgotten: (emulator) => emulator.forget() },
  });
  // Those that ask most of an emulator; the adapters of the package pass all of them elsewhere.
  const telling = cases.filter(({ name }) => /object-|revoked|expired|failed|forgotten|resume/.test(name));
  expect(telling.length).toBeGreaterThan(10);
  for (const { run } of telling) await run();
});
