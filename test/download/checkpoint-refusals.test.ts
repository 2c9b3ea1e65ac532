import type { Checkpoint } from "exportkit";
import { expect, it } from "vitest";
import { authgearExport } from "../artifact/authgear-export.js";
import { collect } from "../support/collect.js";
import { afterSome, stored } from "./stored-checkpoint.js";

const damage: readonly (readonly [string, (checkpoint: Checkpoint) => unknown, string])[] = [
  ["of another job", (checkpoint) => ({ ...checkpoint, jobId: "userexport_OTHER" }), "jobId"],
  ["of another connection", (checkpoint) => ({ ...checkpoint, connection: "others" }), "connection"],
  ["of a later version", (checkpoint) => ({ ...checkpoint, version: 2 }), "version"],
  ["without version", ({ version: _, ...rest }) => rest, "version"],
  ["of an unknown mode", (checkpoint) => ({ ...checkpoint, mode: "xml" }), "mode"],
  ["without position", ({ position: _, ...rest }) => rest, "position"],
  ["with a position in words", (checkpoint) => ({ ...checkpoint, position: "here" }), "position"],
  [
    "with half a byte",
    (checkpoint) => ({ ...checkpoint, position: { offset: 1.5, record: 1, line: 1 } }),
    "position.offset",
  ],
  [
    "with a byte before the first",
    (checkpoint) => ({ ...checkpoint, position: { offset: -1, record: 1, line: 1 } }),
    "position.offset",
  ],
  [
    "with records in words",
    (checkpoint) => ({ ...checkpoint, position: { offset: 1, record: "1", line: 1 } }),
    "position.record",
  ],
  ["with an artifact that is none", (checkpoint) => ({ ...checkpoint, artifact: [] }), "artifact"],
  [
    "with a damaged validator",
    (checkpoint) => ({ ...checkpoint, artifact: { validator: { kind: "etag" } } }),
    "artifact",
  ],
  [
    "with a weak validator",
    (checkpoint) => ({ ...checkpoint, artifact: { validator: { kind: "etag", value: 'W/"1"' } } }),
    "artifact",
  ],
  ["with an encoder that is none", (checkpoint) => ({ ...checkpoint, encoder: 1 }), "encoder"],
];

it.each(damage)("a checkpoint %s is JOB_INVALID and names the field", async (_, change, field) => {
  const run = await authgearExport();
  const before = run.requests().length;
  const checkpoint = change(await afterSome(run)) as Checkpoint;
  const after = run.requests().length;
  await expect(run.client.download(run.job, { checkpoint })).rejects.toMatchObject({
    code: "JOB_INVALID",
    details: { field },
  });
  expect(before).toBe(0);
  expect(run.requests()).toHaveLength(after);
});

it.each([0, "", "checkpoint", [], {}])("%j is no checkpoint", async (value) => {
  const run = await authgearExport();
  const isPlain = typeof value === "object" && !Array.isArray(value);
  await expect(run.client.download(run.job, { checkpoint: value as never })).rejects.toMatchObject({
    code: "JOB_INVALID",
    details: { field: isPlain ? "version" : "checkpoint" },
  });
});

it("JSON that was not parsed is named as such", async () => {
  const run = await authgearExport();
  const checkpoint = JSON.stringify((await run.client.download(run.job)).checkpoint());
  await expect(run.client.download(run.job, { checkpoint: checkpoint as never })).rejects.toThrow(
    /JSON\.parse/,
  );
});

it("null, which is what a store without one answers, is the beginning", async () => {
  const run = await authgearExport({ users: 3 });
  const download = await run.client.download(run.job, { checkpoint: null });
  let records = 0;
  for await (const _user of download) records += 1;
  expect(records).toBe(3);
});

it("members that a mapper wrote as null are absent", async () => {
  const run = await authgearExport({ users: 30 });
  const taken = await afterSome(run);
  const artifact = { validator: null, size: null, encoded: null, damaged: null, ...taken.artifact };
  const checkpoint = { ...taken, artifact, encoder: null };
  const whole = await collect(await run.client.download(run.job));
  const rest = await collect(await run.client.download(run.job, { checkpoint: checkpoint as never }));
  expect(rest).toEqual(whole.slice(Number(taken.position.record)));
});

it("members that are null and were not kept count as null", async () => {
  const run = await authgearExport({ users: 30 });
  const first = await run.client.download(run.job);
  await first.encode("csv").getReader().read();
  const { encoder, ...rest } = stored(first.checkpoint());
  const kept = Object.fromEntries(Object.entries(encoder as object).filter(([, value]) => value !== null));
  const download = await run.client.download(run.job, { checkpoint: { ...rest, encoder: kept } as never });
  expect(() => download.encode("csv")).not.toThrow();
});

it.each([undefined, 0, "11"])(
  "a line number that is %j is JOB_INVALID and names the position",
  async (line) => {
    const run = await authgearExport();
    const { position, ...rest } = await afterSome(run);
    const checkpoint = { ...rest, position: { ...position, line } };
    const records = (await run.client.download(run.job, { checkpoint })).records();
    await expect(records.next()).rejects.toMatchObject({
      code: "JOB_INVALID",
      details: { field: "position" },
    });
  },
);

it("a damaged CSV header is JOB_INVALID and names the position", async () => {
  const run = await authgearExport({ request: { format: "csv" } });
  const { position, ...rest } = await afterSome(run);
  const checkpoint = { ...rest, position: { ...position, header: ["sub", 1] } };
  const records = (await run.client.download(run.job, { checkpoint })).records();
  await expect(records.next()).rejects.toMatchObject({ code: "JOB_INVALID", details: { field: "position" } });
});

it("a damaged encoder is JOB_INVALID and names it", async () => {
  const run = await authgearExport();
  const first = await run.client.download(run.job);
  await first.encode("csv").getReader().read();
  const checkpoint = { ...stored(first.checkpoint()), encoder: { columns: [1], extra: null, begun: true } };
  const download = await run.client.download(run.job, { checkpoint });
  expect(() => download.encode("csv")).toThrow(
    expect.objectContaining({ code: "JOB_INVALID", details: { field: "encoder" } }),
  );
});

it.each([
  ["bytes", "records"],
  ["records", "bytes"],
] as const)("a checkpoint of %s cannot be resumed as %s", async (from, to) => {
  const run = await authgearExport({ users: 500 });
  const first = await run.client.download(run.job);
  if (from === "bytes") await first.bytes().getReader().read();
  else for await (const _ of first) break;
  const checkpoint = stored(first.checkpoint());
  const download = await run.client.download(run.job, { checkpoint });
  expect(() => (to === "bytes" ? download.bytes() : download.records())).toThrow(
    expect.objectContaining({ code: "JOB_INVALID", details: { field: "mode" } }),
  );
  await download[Symbol.asyncDispose]();
});

it("a CSV that resumes with other columns is refused, and resumes with its own", async () => {
  const { client, job } = await authgearExport({ users: 30, request: { format: "ndjson" } });
  const first = await client.download(job);
  const reader = first.encode("csv", { columns: ["sub", "email"] }).getReader();
  await reader.read();
  const checkpoint = stored(first.checkpoint());
  await reader.cancel();
  const download = await client.download(job, { checkpoint });
  expect(() => download.encode("csv", { columns: ["sub"] })).toThrow(
    expect.objectContaining({
      code: "JOB_INVALID",
      details: { field: "columns" },
      message: expect.stringContaining("sub, email"),
    }),
  );
  // The refusal took nothing of it.
  await new Response(download.encode("csv", { columns: ["sub", "email"] }) as BodyInit).text();
  expect(download.complete).toBe(true);
});

it.each([{ columns: ["sub"] }, { formulas: "escape" as const }])(
  "%j is nothing for NDJSON",
  async (options) => {
    const { client, job } = await authgearExport({ users: 3, request: { format: "ndjson" } });
    const download = await client.download(job);
    expect(() => download.encode("ndjson", options)).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        details: expect.objectContaining({ field: Object.keys(options)[0] }),
      }),
    );
    await download[Symbol.asyncDispose]();
  },
);
