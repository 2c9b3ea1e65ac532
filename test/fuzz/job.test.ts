import { beforeAll, describe } from "vitest";
import fc from "../support/fast-check.js";
import { everything, readDownload } from "./export-run.js";
import { fuzz, fuzzEvery } from "./fuzz.js";
import { harmless } from "./harmless.js";
import { type KnownExports, knownExports } from "./known-exports.js";
import { editedJson, everyEdit, type JsonEdit, jsonEdits } from "./mutated-json.js";

// A job out of any store, changed in any way: every member of the client takes it as a job or refuses it.

const keys = ["finishedAt", "expiresAt", "progress", "failure", "warnings", "providerStatus", "unit", "code"];
const connections = ["users", "access", "readers"] as const;
type Connection = (typeof connections)[number];

let known: KnownExports;
beforeAll(async () => {
  known = await knownExports();
});

/** A job before and after its end, as a store holds it. */
function storedJob(connection: Connection, ended: boolean): string {
  const job = known.jobs[connection];
  return JSON.stringify(ended ? job : { ...job, status: "running", retryAfterMs: 5_000 });
}

async function tryChanged(job: string, edits: readonly JsonEdit[]): Promise<void> {
  const text = editedJson(job, edits);
  await tryAll(JSON.parse(text));
}

async function tryAll(value: unknown): Promise<void> {
  const { client, clock } = known;
  // Whatever it is, it goes in as what the types say.
  const job = value as never;
  const calls: readonly (() => Promise<unknown> | unknown)[] = [
    () => client.parseJob(value),
    () => client.pollExport(job),
    () => client.waitForExport(job, { timeoutMs: 1_000 }),
    async () => readDownload(await client.download(job), everything),
    () => client.startExport(job, job),
    () => client.capabilities(job),
  ];
  for (const call of calls) await harmless(call, { clock });
}

describe("jobs", () => {
  fuzz(
    "job JSON, mutated",
    100,
    fc.tuple(fc.constantFrom(...connections), fc.boolean(), jsonEdits(keys)),
    ([connection, ended, edits]) => tryChanged(storedJob(connection, ended), edits),
  );

  for (const connection of connections) {
    fuzzEvery(
      `job JSON, every field, ${connection}`,
      50,
      async () => everyEdit(storedJob(connection, false), keys),
      (edit) => tryChanged(storedJob(connection, false), [edit]),
    );
  }

  const any = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withTypedArray: true,
  });
  fuzz("any value as a job", 300, any, tryAll);
});
