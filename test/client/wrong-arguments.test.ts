import { ExportError } from "exportkit";
import { advanceExport, beginExport, runDurably } from "exportkit/durable";
import { saveExport } from "exportkit/node";
import { abortUpload, r2Target, uploadExport } from "exportkit/object-store";
import { openTelemetry } from "exportkit/otel";
import { describe, expect, it } from "vitest";
import { memoryStore } from "../object-store/memory-target.js";
import { rejection } from "../support/outcome.js";
import { harness } from "./harness.js";

const wrong = [undefined, null, {}, [], "text", "", 7, true, () => {}, new Date(0), Symbol("s"), 5n];

async function opened() {
  const { client } = harness();
  const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
  return { client, job };
}

type World = Awaited<ReturnType<typeof opened>>;
/** Calls with one wrong argument; what has no compiler passes anything. */
type Call = (value: never, world: World) => unknown;

const sink = { write: async () => {} };
const state = beginExport("users", { format: "ndjson" });
const engine = { step: <T>(_: string, run: () => Promise<T>) => run(), sleepUntil: async () => {} };
const made = "must be what createExportClient made";
const functionsOf = (target: object) => Object.entries(target).filter(([, it]) => typeof it === "function");

const calls: readonly (readonly [call: string, message: string, Call])[] = [
  ["saveExport", `client: ${made}`, (client, { job }) => saveExport(client, job, "/nowhere/users")],
  ["uploadExport", `client: ${made}`, (client, { job }) => uploadExport(client, job, memoryStore().target)],
  ["advanceExport", `client: ${made}`, (client) => advanceExport(client, state, { sink })],
  ["runDurably", `client: ${made}`, (client) => runDurably(engine, client, state, { sink, sliceMs: 1_000 })],
  [
    "runDurably",
    "engine: must be an engine, with step and sleepUntil",
    (given, { client }) => runDurably(given, client, state, { sink, sliceMs: 1_000 }),
  ],
  [
    "uploadExport",
    "target: must be an s3Target, an r2Target, or a target of your own",
    (target, { client, job }) => uploadExport(client, job, target),
  ],
  ["abortUpload", "target: must be an s3Target", (target) => abortUpload(target, {})],
  ["r2Target", "bucket: must be a binding of an R2 bucket", (bucket) => r2Target(bucket, "users.csv")],
];

describe.each(calls)("%s: %s", (call, message, use) => {
  it.each(wrong.map((value) => [value]))("refuses %o", async (value) => {
    const world = await opened();
    const error = await rejection<ExportError>((async () => use(value as never, world))());
    expect(ExportError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(`${call}: ${message}`),
      details: { field: message.split(":")[0] },
    });
  });

  it("tells of a forgotten await", async () => {
    const world = await opened();
    const error = await rejection((async () => use(Promise.resolve({}) as never, world))());
    expect(error).toMatchObject({ message: expect.stringContaining("it is a promise; await it first") });
  });
});

it.each(functionsOf(memoryStore().target))("uploadExport refuses a target without %s", async (name) => {
  const { client, job } = await opened();
  const target = { ...memoryStore().target, [name]: undefined } as never;
  expect(await rejection(uploadExport(client, job, target))).toMatchObject({
    code: "CONFIG_INVALID",
    details: { field: "target" },
  });
});

it("uploadExport takes a target whose functions answer at once", async () => {
  const { client, job } = await opened();
  const stored: Uint8Array[] = [];
  const put = (body: Uint8Array) => void stored.push(body);
  const target = { ...memoryStore().target, put } as never;
  expect(await uploadExport(client, job, target)).toMatchObject({
    complete: true,
    size: stored[0]?.byteLength,
  });
});

it("runDurably refuses an engine whose steps give nothing back", async () => {
  const { client } = await opened();
  const lossy = { ...engine, step: async () => undefined as never };
  expect(await rejection(runDurably(lossy, client, state, { sink, sliceMs: 1_000 }))).toMatchObject({
    code: "CONFIG_INVALID",
    message: "runDurably: engine: its step must resolve with the result of what it runs",
    details: { field: "engine" },
  });
});

const noOptions = [null, [], "text", "", 7, true].map((value) => [value]);

it.each(noOptions)("encode refuses %o as its options", async (options) => {
  const { client, job } = await opened();
  const download = await client.download(job);
  const error = await rejection((async () => download.encode("csv", options as never))());
  expect(error).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining("encode: ") });
});

it.each(["tracerProvider", "meterProvider"])("openTelemetry refuses a wrong %s", (field) => {
  for (const value of wrong.slice(1)) {
    expect(() => openTelemetry({ [field]: value } as never)).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", details: { field } }),
    );
  }
});

it.each(noOptions)("openTelemetry refuses %o as its options", (options) => {
  expect(() => openTelemetry(options as never)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
});

it("an error takes whatever is thrown as its message", () => {
  const cause = new Error("it broke");
  expect(new ExportError("NETWORK", cause as never).message).toBe("Error: it broke");
  expect(new ExportError("NETWORK", undefined as never).message).toBe("undefined");
});
