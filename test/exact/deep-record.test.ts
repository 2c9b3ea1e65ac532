import { createExportClient } from "exportkit";
import { fileDelivery, ndjson, type Provider } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { collect } from "../support/collect.js";

const deep = `{"id":2,"x":${"[".repeat(20_000)}9007199254740993${"]".repeat(20_000)}}`;
const text = `{"id":1}\n${deep}\n{"id":3}\n`;

const provider: Provider<unknown, { readonly id: number; readonly x?: unknown }> = {
  spec: 1,
  name: "plain",
  capabilities: { delivery: "file", jobs: "immediate", progress: false, formats: ["ndjson"] },
  requestSchema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
  start: async () => ({ id: "1", status: "succeeded" }),
  poll: async () => ({ status: "succeeded" }),
  delivery: fileDelivery({
    locate: async () => ({ url: "https://plain.example/file", credentials: "none" }),
    records: () => ndjson(),
  }),
};
const client = createExportClient({
  providers: { it: provider },
  fetch: async () => new Response(text, { headers: { etag: '"one"' } }),
});

describe("a record nested deeper than the stack that holds an exact number", () => {
  it("comes like any other, with the digits of its number", async () => {
    const download = await client.download(await client.startExport("it", {}));
    const records = await collect(download);
    expect(records.map(({ id }) => id)).toEqual([1, 2, 3]);
    let value = records[1]?.x;
    while (Array.isArray(value)) value = value[0];
    expect(value).toBe("9007199254740993");
  });

  it("is not passed by a checkpoint before it was handed over", async () => {
    const job = await client.startExport("it", {});
    const seen: number[] = [];
    let checkpoint: ReturnType<Awaited<ReturnType<typeof client.download>>["checkpoint"]> | undefined;
    for (let turn = 0; turn < 4; turn++) {
      const download = await client.download(job, { checkpoint });
      for await (const { id } of download) {
        seen.push(id);
        break;
      }
      checkpoint = JSON.parse(JSON.stringify(download.checkpoint()));
    }
    expect(seen).toEqual([1, 2, 3]);
  });
});
