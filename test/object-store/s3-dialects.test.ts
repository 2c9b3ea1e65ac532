import { createExportClient, type ExportJob } from "exportkit";
import { s3Target, type UploadOptions, type UploadState, uploadExport } from "exportkit/object-store";
import { fileDelivery, ndjson, type Provider } from "exportkit/provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ServedS3, serveS3 } from "./served-s3.js";

const MIB = 1024 * 1024;

let s3: ServedS3;
beforeAll(async () => {
  s3 = await serveS3();
});
afterAll(() => s3.close());

/** Numbers that no double holds, texts that a dialect has to quote, and nothing in its forms. */
const line = (index: number, more: string) =>
  `{"id":${index}9007199254740993,"n":-12345678901234567890.0,"big":1e400,"text":"a;b,\\"c\\"\\r\\n=1+1 \\t${index}${more}","at":"2026-01-31T10:00:00Z","is":true,"empty":"","none":null,"deep":{"id":9007199254740993}}\n`;

const provider = (file: string): Provider<object, unknown> => ({
  spec: 1,
  name: "shop",
  capabilities: { jobs: "immediate", progress: false, formats: ["ndjson"] },
  requestSchema: {
    "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: value as object }) },
  },
  start: async () => ({ id: "1", status: "succeeded" }),
  poll: async () => ({ status: "succeeded" }),
  delivery: fileDelivery({
    locate: async () => ({ url: `https://store.example/${file}`, credentials: "none" }),
    records: () => ndjson(),
  }),
});

async function exported(records: number, more = "") {
  const text = Array.from({ length: records }, (_, index) => line(index + 1, more)).join("");
  const client = createExportClient({
    providers: { it: provider("orders") },
    fetch: async () => new Response(text, { headers: { etag: '"1"' } }),
  });
  return { client, job: (await client.startExport("it", {})) as ExportJob<"it", object> };
}

const columns = ["id", "n", "big", "text", "at", "is", "empty", "none", { path: "deep.id", header: "deep" }];
const dialects: readonly UploadOptions[] = [
  {},
  { delimiter: ";" },
  { delimiter: "\t", newline: "\r\n", bom: true },
  { nullText: "NULL", quote: "all" },
  { formulas: "escape" },
  { preset: "excel" },
];

describe("CSV in an object of S3", () => {
  it.each(dialects)("is what encode gives, digit by digit: %j", async (dialect) => {
    const { client, job } = await exported(3);
    const key = `${encodeURIComponent(JSON.stringify(dialect)).replace(/\W/g, "")}.csv`;
    const options = { ...dialect, columns };
    const target = s3Target({ client: s3.sdk, bucket: s3.bucket, key });
    const result = await uploadExport(client, job, target, { ...options, format: "csv" });
    const expected = await new Response((await client.download(job)).encode("csv", options)).bytes();
    expect(result).toMatchObject({ complete: true, records: 3, size: expected.byteLength });
    const stored = new Uint8Array(await (await s3.get(key)).arrayBuffer());
    expect(Buffer.from(stored).equals(expected)).toBe(true);
    const text = Buffer.from(stored).toString();
    for (const digits of ["19007199254740993", "-12345678901234567890.0", "1e400", "9007199254740993"])
      expect(text).toMatch(new RegExp(`(^|[^\\d.])${digits.replace(".", "\\.")}([^\\d.]|$)`, "m"));
  });

  it("goes on in its dialect from the state of another call, across its parts", async () => {
    const { client, job } = await exported(1_400, "é; ".repeat(1_000));
    const options = { preset: "excel", nullText: "-", columns } as const;
    const target = () => s3Target({ client: s3.sdk, bucket: s3.bucket, key: "large.csv" });
    let state: UploadState | undefined;
    const stop = new Error("enough");
    // What a function leaves behind that ends when its first part is stored.
    const onState = (latest: UploadState) => {
      state = JSON.parse(JSON.stringify(latest));
      if (latest.parts.length > 0) throw stop;
    };
    const more = { ...options, format: "csv", partBytes: 5 * MIB } as const;
    await expect(uploadExport(client, job, target(), { ...more, onState })).rejects.toBe(stop);
    const result = await uploadExport(client, job, target(), { ...more, state });
    const expected = await new Response((await client.download(job)).encode("csv", options)).bytes();
    expect(expected.byteLength).toBeGreaterThan(5 * MIB);
    expect(result).toMatchObject({ complete: true, records: 1_400, size: expected.byteLength });
    expect(Buffer.from(await (await s3.get("large.csv")).arrayBuffer()).equals(expected)).toBe(true);
  });
});
