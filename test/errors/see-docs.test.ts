import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ExportError } from "exportkit";
import { advanceExport, beginExport, runDurably } from "exportkit/durable";
import { saveExport } from "exportkit/node";
import { r2Target, uploadExport } from "exportkit/object-store";
import { postgresSink } from "exportkit/postgres";
import { describe, expect, it } from "vitest";
import { harness } from "../client/harness.js";
import { memorySink } from "../durable/memory-sink.js";
import { emptyFolder } from "../node/served-export.js";
import { rejection } from "../support/outcome.js";

const request = { format: "ndjson" } as const;
const pages = (message: string) => [...message.matchAll(/docs\/\S+/g)].map(([page]) => page);

describe("the text of an error", () => {
  it("ends with the page that says what to do, and names no other of what caused it", async () => {
    const { client, emulator } = harness();
    emulator.faults.add({ on: "start", fault: { type: "reset" } });
    const error = await rejection<ExportError>(client.startExport("users", request));
    expect(error.message).toMatch(/before starting another; see docs\/errors\.md#start_outcome_unknown$/);
    expect(pages(error.message)).toHaveLength(1);
    expect((error.cause as ExportError).message).toMatch(/; see docs\/errors\.md#network$/);
    expect(ExportError.fromJSON(error.toJSON()).message).toBe(error.message);
  });

  it("ends with it also where the claim of a durable run was spent", async () => {
    const { client } = harness();
    const step = { sink: memorySink().sink, claimStart: async () => false };
    const error = await rejection<ExportError>(advanceExport(client, beginExport("users", request), step));
    expect(error.message).toMatch(/another claim; see docs\/errors\.md#start_outcome_unknown$/);
  });

  it("ends with it behind what saveExport says to do", async () => {
    const { client, emulator } = harness();
    const job = await client.waitForExport(await client.startExport("users", request));
    emulator.faults.add({ on: "poll", times: 99, fault: { type: "status", status: 404 } });
    const error = await rejection<ExportError>(saveExport(client, job, join(await emptyFolder(), "users")));
    expect(error.message).toMatch(/\. .*it resumes; see docs\/errors\.md#not_found$/);
    expect(pages(error.message)).toHaveLength(1);
  });

  it("ends with it in a durable step, a sink in PostgreSQL and an upload, whoever has made the error", async () => {
    const ends = (error: ExportError, code: string) => {
      expect(error.code).toBe(code);
      expect(error.message.endsWith(`; see docs/errors.md#${code.toLowerCase()}`)).toBe(true);
      expect(pages(error.message)).toHaveLength(1);
    };
    const { client, clock } = harness();
    // Nothing can be done in so short a time.
    const engine = {
      step: <T>(_: string, run: () => Promise<T>) => run(),
      sleepUntil: async (_: string, at: number) => clock.advance(Math.max(0, at - clock.now())),
    };
    const options = { sink: memorySink().sink, sliceMs: 1e-9 };
    ends(await rejection(runDurably(engine, client, beginExport("users", request), options)), "TIMEOUT");

    const before = beginExport("users", request);
    const pool = (query: () => Promise<never>) => ({ connect: async () => ({ query, release() {} }) });
    const sinkOf = (query: () => Promise<unknown>) =>
      postgresSink({ pool: pool(query as never), table: "users", run: "1", create: false });
    const write = (query: () => Promise<unknown>) =>
      rejection<ExportError>(
        sinkOf(query).write({ records: [], last: false }, { before, after: { ...before, records: 1 } }),
      );
    ends(
      await write(() => Promise.reject(Object.assign(new Error("no"), { code: "23505" }))),
      "RECORD_INVALID",
    );
    ends(await write(async () => ({ rows: [], rowCount: 0 })), "CONCURRENCY_LIMIT");

    const job = await client.waitForExport(await client.startExport("users", request));
    const refused = Object.assign(new Error("no"), { status: 403 });
    const bucket = new Proxy({}, { get: () => async () => Promise.reject(refused) });
    const upload = uploadExport(client, job, r2Target(bucket as never, "users.ndjson"), {
      storeRetry: { retries: 0 } as never,
    });
    const error = await rejection<ExportError>(upload);
    ends(error, error.code);
  });

  it("ends with it at one place of each subpath", () => {
    const folders = ["durable", "postgres", "object-store", "node"];
    const files = folders.flatMap((folder) => globSync(`src/${folder}/**/*.ts`));
    expect(files.length).toBeGreaterThan(40);
    const others = files.filter((file) => readFileSync(file, "utf8").includes("new ExportError("));
    expect(others).toEqual([]);
  });

  it("is complete by itself where it names what the caller passed", async () => {
    const { client } = harness();
    const wrong = { format: "xml" } as never;
    const error = await rejection<ExportError>(client.startExport("users", wrong));
    expect(error.code).toBe("REQUEST_INVALID");
    expect(pages(error.message)).toEqual([]);
  });
});
