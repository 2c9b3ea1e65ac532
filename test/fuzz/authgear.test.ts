import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { type AuthgearEmulatorOptions, createAuthgearEmulator, createTestClock } from "exportkit/testing";
import { describe, expect } from "vitest";
import fc from "../support/fast-check.js";
import { everything, type Reading, readings, runExport } from "./export-run.js";
import { fuzz, fuzzEvery } from "./fuzz.js";
import { harmless } from "./harmless.js";
import { type AnswerChange, answerChanges } from "./hostile-answers.js";
import { hostileFetch } from "./hostile-fetch.js";
import { everyEdit } from "./mutated-json.js";

// Whatever Authgear and its store answer, and whatever is done to it on the way.

const token = "fuzz-canary-token-0123456789";
const keys = [
  "error",
  "reason",
  "message",
  "download_url",
  "completed_at",
  "failed_at",
  "tracking_id",
  "info",
  "causes",
];

interface Case {
  readonly changes: readonly AnswerChange[];
  readonly request?: object;
  readonly reading?: Reading;
  readonly vendor?: AuthgearEmulatorOptions;
}

/** Runs an export against these answers; resolves with the honest ones. */
async function run({ changes, request = { format: "ndjson" }, reading = everything, vendor }: Case) {
  const clock = createTestClock();
  const emulator = createAuthgearEmulator({ tokens: [token], clock, users: 7, pendingPolls: 1, ...vendor });
  const hostile = hostileFetch(emulator, clock, changes);
  const client = createExportClient({
    providers: { users: authgear({ endpoint: emulator.endpoint, token }) },
    fetch: hostile.fetch,
    clock,
    random: () => 0.5,
    maxBufferedBytes: 1024 * 1024,
    onEvent: (event) => JSON.stringify(event),
  });
  const secrets = [token];
  const outcome = await harmless(() => runExport(client, "users", request, reading, clock), {
    clock,
    secrets,
  });
  if ("value" in outcome) expect(outcome.value).toBeLessThanOrEqual(hostile.bytes);
  return hostile.bodies;
}

describe.each(["start", "poll", "artifact"] as const)("answers to %s", (operation) => {
  fuzz(
    `Authgear, ${operation}`,
    20,
    fc.record({
      changes: answerChanges([operation], ["result", "id", "status", "sub", "mfa", ...keys]),
      request: fc.constantFrom(
        { format: "ndjson" },
        { format: "ndjson", includeSecrets: true },
        { format: "csv" },
        {
          format: "csv",
          fields: ["/sub", "/mfa", { pointer: "/custom_attributes/a", fieldName: "__proto__" }],
        },
      ),
      reading: readings,
      vendor: fc.record({
        outcome: fc.constantFrom(
          "completed",
          "completed",
          "completed",
          "failed",
          "missing-object",
          "server-error",
        ),
        users: fc.constantFrom(0, 1, 7, 60),
        chunkBytes: fc.constantFrom(100, 65_536),
        urlLifetimeMs: fc.constantFrom(60_000, 1),
        pendingPolls: fc.nat(2),
      }),
    }),
    async (input) => void (await run(input)),
  );
});

const honest: { readonly [name: string]: AuthgearEmulatorOptions } = {
  success: {},
  failure: { outcome: "failed" },
  "a disabled export": { exportDisabled: true },
  "a used-up quota": { quota: { period: "month", limit: 0 } },
};

describe.each(Object.entries(honest))("every field of an answer, %s", (name, vendor) => {
  const operations =
    name === "success" || name === "failure" ? (["start", "poll"] as const) : (["start"] as const);
  for (const on of operations) {
    fuzzEvery(
      `Authgear, every field of ${on}, ${name}`,
      20,
      async () => everyEdit((await run({ changes: [], vendor })).get(on) ?? "", keys),
      async (edit) =>
        void (await run({ changes: [{ on, after: 0, times: 1_000_000, json: [edit] }], vendor })),
    );
  }
});
