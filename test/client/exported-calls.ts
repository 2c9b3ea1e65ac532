import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBudget, createExportClient, ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import { testProvider } from "exportkit/conformance";
import * as durable from "exportkit/durable";
import { saveExport } from "exportkit/node";
import { abortUpload, r2Target, s3Target, uploadExport } from "exportkit/object-store";
import { openTelemetry } from "exportkit/otel";
import { postgresSink } from "exportkit/postgres";
import * as provider from "exportkit/provider";
import * as testing from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { memoryStore } from "../object-store/memory-target.js";
import { harness } from "./harness.js";

type World = Awaited<ReturnType<typeof opened>>;
/** A function of the package that takes options, with arguments that are right. */
export type Call = readonly [name: string, call: (...given: never[]) => unknown, given: readonly unknown[]];

export async function opened() {
  const { client } = harness();
  const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
  return { client, job, file: join(mkdtempSync(join(tmpdir(), "exportkit-wrong-")), "users.ndjson") };
}

const token = { endpoint: "https://shop.example", token: "t" };
const providers = { users: authgear(token) };
const silent = async () => {};
const emulator = () => testing.createZephrEmulator({ users: 1 });
const signer = provider.tokenSigner("", () => new Error("not used"));
const lines = provider.ndjson();
const pool = { connect: silent, query: silent };
const bucket = { head: silent, createMultipartUpload: silent, resumeMultipartUpload: silent, put: silent };
const file = { locate: silent, records: () => lines };
const state = durable.beginExport("users", { format: "ndjson" });
const engine = { step: (_: string, run: () => unknown) => run(), sleepUntil: silent };
const sink = { write: silent };
const url = "https://shop.example/token";
const [scenario] = testing.faultScenarios;
const iterate = async (reading: AsyncIterable<unknown>) => {
  for await (const _ of reading) break;
};

/** All of them. */
export const calls = ({ client, job, file: path }: World): readonly Call[] => [
  [
    "createExportClient",
    createExportClient,
    [
      {
        providers,
        retry: {},
        timeouts: {},
        limits: {},
        maxBufferedBytes: 2048,
        clock: testing.createTestClock(),
        onEvent: silent,
      },
    ],
  ],
  ["createBudget", createBudget, [{ requests: 1, deadline: 1 }]],
  ["authgear", authgear, [token]],
  ["authgear", authgear, [{ endpoint: token.endpoint, projectId: "p", keyId: "k", privateKey: "" }]],
  [
    "avepoint",
    avepoint,
    [{ dataCenter: "us", clientId: "c", clientSecret: "s", workbooks: {}, maxRunningJobs: 1 }],
  ],
  [
    "avepoint",
    avepoint,
    [{ dataCenter: "us", clientId: "c", certificate: { privateKey: "k", thumbprint: "t" } }],
  ],
  ["zephr", zephr, [{ tenantId: "t", accessKey: "a", secretKey: "s", apiVersion: "v3" }]],
  ["startExport", client.startExport, ["users", { format: "ndjson" }, {}]],
  ["pollExport", client.pollExport, [job, {}]],
  ["waitForExport", client.waitForExport, [job, { timeoutMs: 1, onProgress: silent }]],
  ["download", client.download, [job, { checkpoint: undefined, onProgress: silent }]],
  ["runExport", client.runExport, ["users", { format: "ndjson" }, { timeoutMs: 1 }]],
  ["parseJob", client.parseJob, [job, "users", { format: "ndjson" }]],
  ["parseCheckpoint", client.parseCheckpoint, [{}]],
  ["explainExport", client.explainExport, ["users", { format: "ndjson" }]],
  ["recordSchema", client.recordSchema, ["users", { format: "ndjson" }]],
  ["capabilities", client.capabilities, ["users"]],
  ["records", async (o) => iterate((await client.download(job)).records(o)), [{ onInvalid: "skip" }]],
  ["batches", async (o) => iterate((await client.download(job)).batches(o)), [{ size: 1, bytes: 1 }]],
  [
    "encode",
    async (format, o) => (await client.download(job)).encode(format, o).cancel(),
    ["csv", { columns: ["sub"], delimiter: ";", nullText: "" }],
  ],
  ["toResponse", async (o) => (await client.download(job)).toResponse(o).body?.cancel(), [{ format: "csv" }]],
  ["fromJSON", ExportError.fromJSON, [new ExportError("NETWORK", "lost").toJSON()]],
  ["beginExport", durable.beginExport, ["users", { format: "ndjson" }]],
  ["advanceExport", durable.advanceExport, [client, state, { sink, batch: 5, claimStart: async () => true }]],
  ["runDurably", durable.runDurably, [engine, client, state, { sink, sliceMs: 100, batch: 5 }]],
  ["verdictOf", durable.verdictOf, [new Error("lost")]],
  ["parseState", durable.parseState, [state]],
  ["incremental", durable.incremental, [{ field: "since", lookbackMs: 1 }]],
  [
    "saveExport",
    (one, other, o) => saveExport(one, other, path, o),
    [client, job, { format: "ndjson", overwrite: true, onProgress: silent }],
  ],
  [
    "uploadExport",
    uploadExport,
    [client, job, memoryStore().target, { format: "csv", partBytes: 5_242_880, storeRetry: {} }],
  ],
  ["abortUpload", abortUpload, [memoryStore().target, {}]],
  ["s3Target", s3Target, [{ client: { send: silent, config: {} }, bucket: "b", key: "k", params: {} }]],
  [
    "s3Target",
    s3Target,
    [{ client: { fetch: silent }, bucket: "b", key: "k", endpoint: "https://s3.example" }],
  ],
  ["r2Target", r2Target, [bucket, "users.csv", {}]],
  ["openTelemetry", openTelemetry, [{ tracerProvider: undefined, meterProvider: undefined }]],
  ["postgresSink", postgresSink, [{ pool, table: "users", key: ["sub"], run: "nightly" }]],
  [
    "clientCredentials",
    provider.clientCredentials,
    [{ vendor: "Shop", tokenUrl: url, clientId: "c", clientSecret: "s" }],
  ],
  [
    "clientCredentials",
    provider.clientCredentials,
    [{ vendor: "Shop", tokenUrl: url, clientId: "c", assertion: silent }],
  ],
  ["clientAssertion", provider.clientAssertion, [{ clientId: "c", tokenUrl: url, signer, header: silent }]],
  ["fileDelivery", provider.fileDelivery, [file]],
  ["pagedDelivery", provider.pagedDelivery, [{ fetchPage: silent, records: () => lines }]],
  ["csv", provider.csv, [{ header: "first" }]],
  ["json", provider.json, [{ path: "users" }]],
  ["ndjson", provider.ndjson, [{ map: (record: unknown) => record }]],
  ["xlsx", provider.xlsx, [{ memoryBytes: 1 }]],
  ["gunzip", provider.gunzip, [lines, { maxRatio: 5 }]],
  ["zip", provider.zip, [lines, { memoryBytes: 1 }]],
  [
    "testProvider",
    testProvider,
    [
      {
        emulator,
        provider: () => providers.users,
        request: {},
        records: 4,
        identityOf: String,
        secrets: ["s"],
        invalidRequests: [],
        arrange: {},
      },
    ],
  ],
  [
    "createEmulator",
    testing.createEmulator,
    [{ name: "shop", origins: { api: token.endpoint }, identify: silent, respond: silent, faults: [] }],
  ],
  [
    "createAuthgearEmulator",
    testing.createAuthgearEmulator,
    [
      {
        endpoint: token.endpoint,
        keys: {},
        tokens: [],
        users: 1,
        clock: testing.createTestClock(),
        outcome: "completed",
        quota: { limit: 1, period: "day" },
        store: "s3",
        olderServer: true,
        faults: [],
      },
    ],
  ],
  [
    "createAvepointEmulator",
    testing.createAvepointEmulator,
    [
      {
        identityOrigin: token.endpoint,
        clients: [],
        rows: 1,
        sheets: 1,
        workbooks: 1,
        zip64: true,
        answerType: "text/json",
      },
    ],
  ],
  [
    "createZephrEmulator",
    testing.createZephrEmulator,
    [{ keys: {}, users: 1, order: "newest", addedPerPage: 1, rateLimit: { requests: 1, perMs: 1 } }],
  ],
  [
    "serveEmulator",
    async (served, o) => (await testing.serveEmulator(served, o)).close(),
    [emulator(), { port: 0 }],
  ],
  ["mswHandlers", testing.mswHandlers, [emulator(), { all: silent }]],
  [
    "faults.add",
    (rule) => emulator().faults.add(rule),
    [{ on: "poll", times: 1, after: 0, fault: { type: "reset" } }],
  ],
  ["createTestClock", testing.createTestClock, [0, { autoAdvance: false }]],
  ["createShiftableClock", testing.createShiftableClock, [{ now: () => 0 }]],
  ["armScenario", testing.armScenario, [scenario, { emulator: emulator(), operation: "page" }]],
  ["faultScenario", testing.faultScenario, ["stall-after-bytes"]],
  ["faultCases", testing.faultCases, ["zephr"]],
  ["expectedOf", testing.expectedOf, [scenario, "zephr", "page"]],
  [
    "authgearExportBytes",
    testing.authgearExportBytes,
    [{ format: "csv", users: 1, fields: [{ pointer: "/sub" }] }],
  ],
  ["authgearUser", testing.authgearUser, [1, { revision: 0 }]],
  ["avepointFileBytes", testing.avepointFileBytes, [{ rows: 1, report: "userAccess" }]],
  ["avepointRows", (o) => [...testing.avepointRows(o)], [{ rows: 1, report: "userAccess" }]],
  ["zephrItem", testing.zephrItem, [1, { grants: true }]],
  ["zephrUserId", testing.zephrUserId, [1]],
  ["generateAvepointCertificate", testing.generateAvepointCertificate, [{ notBefore: 0, notAfter: 1 }]],
];
