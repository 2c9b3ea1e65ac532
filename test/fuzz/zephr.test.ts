import { createExportClient } from "exportkit";
import { createTestClock, createZephrEmulator, type ZephrEmulatorOptions } from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { describe, expect } from "vitest";
import fc from "../support/fast-check.js";
import { everything, type Reading, readings, runExport } from "./export-run.js";
import { fuzz, fuzzEvery } from "./fuzz.js";
import { harmless } from "./harmless.js";
import { type AnswerChange, answerChanges } from "./hostile-answers.js";
import { hostileFetch } from "./hostile-fetch.js";
import { everyEdit } from "./mutated-json.js";

// Whatever Zephr answers, and whatever is done to it on the way.

const accessKey = "fuzz-canary-access";
const secretKey = "fuzz-canary-secret-0123456789";
const keys = ["results", "meta", "links", "next", "page", "url", "count", "rpp"];

interface Case {
  readonly changes: readonly AnswerChange[];
  readonly version?: "v3" | "v4";
  readonly request?: object;
  readonly reading?: Reading;
  readonly prefetchPages?: number;
  readonly vendor?: ZephrEmulatorOptions;
}

/** Runs an export against these answers; resolves with the honest ones. */
async function run({
  changes,
  version = "v3",
  request,
  reading = everything,
  prefetchPages = 4,
  vendor,
}: Case) {
  const clock = createTestClock();
  const emulator = createZephrEmulator({ keys: { [accessKey]: secretKey }, clock, users: 7, ...vendor });
  const hostile = hostileFetch(emulator, clock, changes);
  const options = { baseUrl: emulator.endpoint, accessKey, secretKey };
  const client = createExportClient({
    providers: { readers: version === "v3" ? zephr(options) : zephr({ ...options, apiVersion: "v4" }) },
    fetch: hostile.fetch,
    clock,
    prefetchPages,
    random: () => 0.5,
    maxBufferedBytes: 1024 * 1024,
    onEvent: (event) => JSON.stringify(event),
  });
  const asked = { attributes: true, pageSize: 3, ...request };
  const outcome = await harmless(() => runExport(client, "readers", asked, reading, clock), {
    clock,
    secrets: [secretKey],
  });
  if ("value" in outcome) expect(outcome.value).toBeLessThanOrEqual(hostile.bytes);
  return hostile.bodies;
}

const changes = answerChanges(["page"], ["user", "user_id", "identifiers", "grants", ...keys]);
const shared = { changes, reading: readings, prefetchPages: fc.constantFrom(1, 2, 4) };

describe("answers to page", () => {
  fuzz(
    "Zephr, page, JSON",
    20,
    fc.record({
      ...shared,
      request: fc.constantFrom({}, { grants: true }),
      vendor: fc.record({
        users: fc.constantFrom(0, 1, 3, 7, 20),
        shape: fc.constantFrom("object", "nested", "array"),
        meta: fc.boolean(),
        links: fc.boolean(),
        order: fc.constantFrom("newest", "oldest", "scattered"),
        addedPerPage: fc.constantFrom(0, 0, 1),
        maxPageSize: fc.constantFrom(2, 1_000),
        errorBody: fc.constantFrom("error", "message", "none"),
      }) as fc.Arbitrary<ZephrEmulatorOptions>,
    }),
    async (input) => void (await run(input)),
  );

  fuzz(
    "Zephr, page, v4",
    20,
    fc.record({
      ...shared,
      version: fc.constant("v4" as const),
      vendor: fc.record({
        users: fc.constantFrom(0, 1, 7),
        v4Format: fc.constantFrom("csv", "csv", "json"),
      }) as fc.Arbitrary<ZephrEmulatorOptions>,
    }),
    async (input) => void (await run(input)),
  );
});

const honest: { readonly [name: string]: ZephrEmulatorOptions } = {
  "links and meta": { users: 4 },
  "no links": { users: 4, links: false },
  "a bare list": { users: 2, shape: "array", meta: false, links: false },
  "a refusal": { keys: {} },
};

describe.each(Object.entries(honest))("every field of an answer, %s", (name, vendor) => {
  fuzzEvery(
    `Zephr, every field of a page, ${name}`,
    20,
    async () => everyEdit((await run({ changes: [], vendor })).get("page") ?? "", keys),
    async (edit) =>
      void (await run({ changes: [{ on: "page", after: 0, times: 1_000_000, json: [edit] }], vendor })),
  );
});
