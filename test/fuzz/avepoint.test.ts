import { createExportClient } from "exportkit";
import { avepoint } from "exportkit/avepoint";
import { type AvepointEmulatorOptions, createAvepointEmulator, createTestClock } from "exportkit/testing";
import { describe, expect } from "vitest";
import fc from "../support/fast-check.js";
import { everything, type Reading, readings, runExport } from "./export-run.js";
import { fuzz, fuzzEvery } from "./fuzz.js";
import { harmless } from "./harmless.js";
import { type AnswerChange, answerChanges } from "./hostile-answers.js";
import { hostileFetch } from "./hostile-fetch.js";
import { everyEdit } from "./mutated-json.js";

// Whatever AvePoint's sign-in service and its API answer, and whatever is done to it on the way.

const clientId = "app";
const clientSecret = "fuzz-canary-secret-0123456789";
const keys = ["status", "statusCode", "message", "errors", "requestId", "token_type", "error_description"];
const request = { report: "userAccess", email: "a@b.c", dataSources: ["SharePoint Online"] };
// A deflated byte stands for 1,032 at most, and a row takes more than one.
const MOST_ROWS_PER_BYTE = 1_032;

interface Case {
  readonly changes: readonly AnswerChange[];
  readonly reading?: Reading;
  readonly vendor?: AvepointEmulatorOptions;
}

/** Runs an export against these answers; resolves with the honest ones. */
async function run({ changes, reading = everything, vendor }: Case) {
  const clock = createTestClock();
  const clients = [{ clientId, clientSecret }];
  const emulator = createAvepointEmulator({ clients, clock, rows: 5, jobDurationMs: 10_000, ...vendor });
  const hostile = hostileFetch(emulator, clock, changes);
  const client = createExportClient({
    providers: { access: avepoint({ dataCenter: "us", clientId, clientSecret }) },
    fetch: hostile.fetch,
    clock,
    random: () => 0.5,
    maxBufferedBytes: 1024 * 1024,
    onEvent: (event) => JSON.stringify(event),
  });
  const secrets = [clientSecret];
  const outcome = await harmless(() => runExport(client, "access", request, reading, clock), {
    clock,
    secrets,
  });
  if ("value" in outcome) expect(outcome.value).toBeLessThanOrEqual(hostile.bytes * MOST_ROWS_PER_BYTE);
  return hostile.bodies;
}

describe.each(["token", "start", "poll", "artifact"] as const)("answers to %s", (operation) => {
  fuzz(
    `AvePoint, ${operation}`,
    15,
    fc.record({
      changes: answerChanges(
        [operation],
        ["jobId", "jobStatus", "access_token", "expires_in", "error", ...keys],
      ),
      reading: readings,
      vendor: fc.record({
        outcome: fc.constantFrom("finished", "finished", "finished", "failed", "exceptions", "stopped"),
        rows: fc.constantFrom(0, 1, 40),
        sheets: fc.constantFrom(1, 2),
        members: fc.constantFrom("stored", "deflate"),
        ranges: fc.constantFrom("honour", "ignore"),
        refusals: fc.constantFrom("http", "body"),
        tokenLifetimeMs: fc.constantFrom(3_600_000, 1),
        jobIdType: fc.constantFrom("string", "number"),
      }) as fc.Arbitrary<AvepointEmulatorOptions>,
    }),
    async (input) => void (await run(input)),
  );
});

const honest: { readonly [name: string]: AvepointEmulatorOptions } = {
  success: {},
  "one job too many": { maxRunningJobs: 0, limitStatus: 400 },
  "a refused token": { clients: [] },
};

describe.each(Object.entries(honest))("every field of an answer, %s", (name, vendor) => {
  const operations =
    name === "success"
      ? (["token", "start", "poll"] as const)
      : name === "a refused token"
        ? (["token"] as const)
        : (["start"] as const);
  for (const on of operations) {
    fuzzEvery(
      `AvePoint, every field of ${on}, ${name}`,
      15,
      async () => everyEdit((await run({ changes: [], vendor })).get(on) ?? "", keys),
      async (edit) =>
        void (await run({ changes: [{ on, after: 0, times: 1_000_000, json: [edit] }], vendor })),
    );
  }
});
